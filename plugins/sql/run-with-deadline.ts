/** Work on a pooled connection that ends at the deadline, whatever the server does, and is tried again once when the connection broke. */

import { BackendError, type CallContext } from 'dci-gateway/plugin';

export interface Judged {
  readonly error: Error;
  readonly broken: boolean;
}

export interface Pooled<Connection> {
  acquire(): Promise<Connection>;
  /** `broken`: it is not to be used again. */
  release(connection: Connection, broken: boolean): void;
  /** Makes the server stop what this connection runs. */
  cancel(connection: Connection): Promise<void>;
  /** The error as the gateway's own (a fault of ours, or a `SourceError`, stays what it is). `broken`: the connection is of no more use. */
  judge(error: unknown): Judged;
}

const timeoutError = () => new BackendError('timeout', 'the search took too long');

export const runWithDeadline = async <Connection, Result>(
  pool: Pooled<Connection>,
  ctx: CallContext,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    const done = await attemptOnce(pool, ctx, work);
    if (done.kind === 'result') return done.result;
    if (!done.broken || attempt === 2 || ctx.signal.aborted) throw done.error;
  }
};

type Done<Result> =
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: Error; readonly broken: boolean };

const attemptOnce = async <Connection, Result>(
  pool: Pooled<Connection>,
  ctx: CallContext,
  work: (connection: Connection) => Promise<Result>,
): Promise<Done<Result>> => {
  if (ctx.signal.aborted) return { kind: 'failed', error: timeoutError(), broken: false };
  let given = false;
  const running = (async (): Promise<Done<Result>> => {
    let connection: Connection;
    try {
      connection = await pool.acquire();
    } catch (error) {
      return { kind: 'failed', error: pool.judge(error).error, broken: false };
    }
    if (given) {
      pool.release(connection, false);
      return { kind: 'failed', error: timeoutError(), broken: false };
    }
    const cancel = () => void pool.cancel(connection);
    ctx.signal.addEventListener('abort', cancel, { once: true });
    try {
      const result = await work(connection);
      // What stops its statement may still be on its way: it would stop the next one of this connection.
      pool.release(connection, ctx.signal.aborted);
      return { kind: 'result', result };
    } catch (error) {
      const { broken, error: judged } = pool.judge(error);
      pool.release(connection, broken || ctx.signal.aborted);
      return { kind: 'failed', error: judged, broken };
    } finally {
      ctx.signal.removeEventListener('abort', cancel);
    }
  })();
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<Done<Result>>((resolve) => {
    onAbort = () => {
      given = true;
      resolve({ kind: 'failed', error: timeoutError(), broken: false });
    };
    ctx.signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([running, aborted]);
  } finally {
    ctx.signal.removeEventListener('abort', onAbort);
  }
};
