import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { OwnKeys } from '../security/keys/own-keys.ts';

/** Commands and other replicas change keys: within the minute that a new key waits, every process must have seen it. */
export const REFRESH_MS = 30_000;

/** Reads our keys again and again; the answer ends it. */
export const startRefreshing = (
  ownKeys: Pick<OwnKeys, 'refresh'>,
  log: Log,
  everyMs = REFRESH_MS,
): (() => Promise<void>) => {
  const stopped = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      // The wait ends early only when it is stopped.
      await sleep(everyMs, undefined, { ref: false, signal: stopped.signal }).catch(() => undefined);
      if (stopped.signal.aborted) return;
      await ownKeys.refresh().catch((cause: unknown) => log.error('keys cannot be read', { cause }));
    }
  };
  const running = run();
  return async () => {
    stopped.abort();
    await running;
  };
};
