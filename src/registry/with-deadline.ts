/** Work against a backend with a deadline, which is passed down as an AbortSignal. */

import type { Log } from '../log.ts';
import { BackendError, type CallContext } from '../plugin.ts';
import { callContext } from './call-context.ts';

export interface Deadline {
  readonly withinMs: number;
  /** Aborted at the deadline; the caller may abort it before, when nobody waits for the answer any more. */
  readonly abort: AbortController;
  readonly requestId: string;
  readonly log: Log;
}

/** Runs `work`; rejects with `BackendError('timeout')` at the deadline even where the plugin does not stop by itself. */
export const withDeadline = <Result>(
  { withinMs, abort, requestId, log }: Deadline,
  work: (context: CallContext) => Promise<Result>,
): Promise<Result> =>
  new Promise<Result>((resolve, reject) => {
    const timer = setTimeout(() => {
      abort.abort();
      reject(new BackendError('timeout', 'no answer within the deadline'));
    }, withinMs);
    work(callContext(abort.signal, withinMs, requestId, log))
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
