import type { Log } from '../log.ts';
import type { CallContext } from '../plugin.ts';

/** What comes with a call to a plugin: the signal, and the same deadline as a time. */
export const callContext = (signal: AbortSignal, withinMs: number, requestId: string, log: Log): CallContext => ({
  signal,
  deadline: performance.now() + withinMs,
  requestId,
  log,
});
