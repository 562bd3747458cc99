/** Runs work one piece after the other, with a short queue. */

import { GatewayError } from '../errors.ts';

export interface OneAtATime {
  /** @throws GatewayError `service.unavailable` with `Retry-After` when the queue is full */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** @param places how many may wait behind the one that runs */
export const createOneAtATime = (places: number): OneAtATime => {
  let pending = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: async (work) => {
      if (pending > places)
        throw new GatewayError('service.unavailable', { retryAfter: 1, detail: 'the queue of slow hashes is full' });
      pending++;
      const mine = last.then(work);
      last = mine.then(
        () => pending--,
        () => pending--,
      );
      return mine;
    },
  };
};
