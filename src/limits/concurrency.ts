/** At most so many pieces of one partner's work at once in this process: searches that run, bodies that arrive. */

import { GatewayError } from '../errors.ts';

export interface Concurrency {
  /**
   * Runs the work, or refuses it where `most` of this partner's already run. Nothing waits: a queue would only move the load.
   * @throws GatewayError `request.too_many`
   */
  run<T>(partnerId: string, most: number, work: () => Promise<T>): Promise<T>;
}

const RETRY_AFTER_SECONDS = 1;

/** @param refusal what is told to a partner that has too many */
export const createConcurrency = (refusal: string): Concurrency => {
  const running = new Map<string, number>();

  const leave = (partnerId: string): void => {
    const left = (running.get(partnerId) ?? 1) - 1;
    if (left > 0) running.set(partnerId, left);
    else running.delete(partnerId);
  };

  return {
    run: async (partnerId, most, work) => {
      const count = running.get(partnerId) ?? 0;
      if (count >= most) {
        throw new GatewayError('request.too_many', { message: refusal, retryAfter: RETRY_AFTER_SECONDS });
      }
      running.set(partnerId, count + 1);
      try {
        return await work();
      } finally {
        leave(partnerId);
      }
    },
  };
};
