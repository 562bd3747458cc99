/** Waiting for SQLite's lock without blocking the process, and what its failures mean. */

import { setTimeout as pause } from 'node:timers/promises';
import { StoreError } from '../store.ts';

/** After this the caller answers 503. */
const GIVE_UP_AFTER_MS = 2_000;
const PAUSE_MS = 20;

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** SQLite's primary result code; the extended codes carry it in their lowest byte. */
const primaryCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;

export const isBusy = (error: unknown): boolean => [SQLITE_BUSY, SQLITE_LOCKED].includes(primaryCode(error) ?? -1);

export const isBroken = (error: unknown): boolean => [SQLITE_CORRUPT, SQLITE_NOTADB].includes(primaryCode(error) ?? -1);

/** Runs synchronous work again while another process holds the lock. Everything else that SQLite throws passes through. */
export const withRetry = async <T>(work: () => T): Promise<T> => {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    try {
      return work();
    } catch (cause) {
      if (!isBusy(cause)) throw cause;
      if (performance.now() >= giveUpAt) throw new StoreError('the store stayed locked by another process', { cause });
    }
    await pause(PAUSE_MS + Math.random() * PAUSE_MS);
  }
};

/** `withRetry` for the port's methods: whatever goes wrong is a `StoreError`. */
export const asStoreCall = async <T>(what: string, work: () => T): Promise<T> => {
  try {
    return await withRetry(work);
  } catch (cause) {
    throw cause instanceof StoreError ? cause : new StoreError(`the store failed to ${what}`, { cause });
  }
};
