/** What MongoDB's failures mean to the callers of the port. */

import { setTimeout as pause } from 'node:timers/promises';
import { MongoServerError } from 'mongodb';
import { StoreError } from '../store.ts';

/** After this a call counts as not done and the caller answers 503. What it wrote may still arrive. */
const CALL_TIMEOUT_MS = 5_000;

const DUPLICATE_KEY = 11000;

export const isDuplicate = (error: unknown): error is MongoServerError =>
  error instanceof MongoServerError && error.code === DUPLICATE_KEY;

/** Everything that goes wrong is a `StoreError`, but a `TypeError` of ours; so is an answer that does not come. */
export const asMongoCall = async <T>(what: string, work: () => Promise<T>, withinMs = CALL_TIMEOUT_MS): Promise<T> => {
  const over = new AbortController();
  const late = pause(withinMs, undefined, { signal: over.signal }).then(() => {
    throw new StoreError(`the store did not answer in time to ${what}`);
  });
  try {
    return await Promise.race([work(), late]);
  } catch (cause) {
    if (cause instanceof StoreError || cause instanceof TypeError) throw cause;
    throw new StoreError(`the store failed to ${what}`, { cause });
  } finally {
    over.abort();
    late.catch(() => undefined); // it was called off, or has been thrown above
  }
};

/** An upsert of a document that another makes in the same moment is refused; the next one finds it. */
export const upserting = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (cause) {
    if (!isDuplicate(cause)) throw cause;
    return await work();
  }
};
