/** Work against a backend with a deadline, which is passed down as an AbortSignal. */

import type { Log } from '../log.ts';
import { BackendError, type CallContext } from '../plugin.ts';
import { callContext } from './call-context.ts';

export interface Deadline {
  readonly withinMs: number;
  /** Aborts earlier: nobody waits any more. */
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly log: Log;
}

/** Runs `work`; rejects with `BackendError('timeout')` at the deadline even where the plugin does not stop by itself. */
export const withDeadline = async <Result>(
  { withinMs, signal, requestId, log }: Deadline,
  work: (context: CallContext) => Promise<Result>,
): Promise<Result> => {
  const own = new AbortController();
  return new Promise<Result>((resolve, reject) => {
    const stop = (): void => {
      own.abort();
      reject(new BackendError('timeout', 'no answer within the deadline'));
    };
    const timer = setTimeout(stop, withinMs);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work(callContext(own.signal, withinMs, requestId, log))
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      });
  });
};
