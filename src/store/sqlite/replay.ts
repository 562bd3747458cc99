/** Replay memory in its own file: written often and cheaply, worth nothing after minutes. */

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../clock.ts';
import { type ReplayMemory, StoreError } from '../store.ts';
import { inTransaction } from './open-database.ts';
import { asStoreCall } from './retry.ts';

export const REPLAY_TABLES = `
  CREATE TABLE replay (
    partner TEXT NOT NULL,
    message_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (partner, message_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX replay_until ON replay (until);
`;

/** Answers are given at once; what they rest on is written this much later, so that many requests share one transaction. */
const WRITE_AFTER_MS = 20;
/** Each write takes a few expired entries along, so that no request pays for many. */
const EXPIRED_PER_WRITE = 2;
const EXPIRED_AT_LEAST = 16;

interface Entry {
  readonly partner: string;
  readonly messageId: string;
  readonly digest: string;
  readonly until: number;
}

export interface SqliteReplayMemory extends ReplayMemory {
  /** Resolves when everything remembered so far is written; rejects with a `StoreError` when it cannot be. */
  flushed(): Promise<void>;
}

/**
 * A crash forgets at most the last `WRITE_AFTER_MS`. While a write fails nothing more is remembered and callers get
 * the `StoreError` (no unwritten pile, no message let through); it is tried again with the next call.
 */
export const createReplayMemory = (database: DatabaseSync, clock: Clock): SqliteReplayMemory => {
  const find = database.prepare(
    'SELECT partner, message_id AS messageId, digest, until FROM replay WHERE partner = ? AND message_id = ?',
  );
  const put = database.prepare(
    'INSERT OR REPLACE INTO replay (partner, message_id, digest, until) VALUES (?, ?, ?, ?)',
  );
  const expire = database.prepare(
    'DELETE FROM replay WHERE (partner, message_id) IN (SELECT partner, message_id FROM replay WHERE until <= ? LIMIT ?)',
  );
  /** Not yet written, by partner and message id. */
  const unwritten = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;
  let failure: StoreError | undefined;
  let writing: Promise<void> = Promise.resolve();
  /** The write that will start when the running one ends: however many ask for it, it is one. */
  let next: Promise<void> | undefined;

  const known = (key: string, partner: string, messageId: string): Entry | undefined =>
    unwritten.get(key) ?? (find.get(partner, messageId) as Entry | undefined);

  const remember = (entry: Entry): 'new' | 'same' | 'different' => {
    const key = `${entry.partner.length}:${entry.partner}${entry.messageId}`;
    const before = known(key, entry.partner, entry.messageId);
    const live = before !== undefined && before.until > clock();
    if (live && before.digest !== entry.digest) return 'different';
    if (!live || entry.until > before.until) unwritten.set(key, entry);
    if (unwritten.size > 0) timer ??= setTimeout(flush, WRITE_AFTER_MS);
    return live ? 'same' : 'new';
  };

  const writeAll = (batch: ReadonlyMap<string, Entry>): void => {
    for (const { partner, messageId, digest, until } of batch.values()) put.run(partner, messageId, digest, until);
    expire.run(clock(), EXPIRED_AT_LEAST + EXPIRED_PER_WRITE * batch.size);
  };

  const write = async (): Promise<void> => {
    const batch = new Map(unwritten);
    if (batch.size === 0) return;
    try {
      await asStoreCall('remember messages', () => inTransaction(database, () => writeAll(batch)));
      failure = undefined;
      for (const [key, entry] of batch) if (unwritten.get(key) === entry) unwritten.delete(key);
    } catch (cause) {
      failure =
        cause instanceof StoreError ? cause : new StoreError('the store failed to remember messages', { cause });
    }
  };

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    next ??= writing.then(() => {
      next = undefined;
      return write();
    });
    writing = next;
    return next;
  };

  const flushed = async (): Promise<void> => {
    await flush();
    if (failure !== undefined) throw failure;
  };

  return {
    remember: async (partner, messageId, digest, until) => {
      if (failure !== undefined) await flushed();
      return await asStoreCall('remember a message', () => remember({ partner, messageId, digest, until }));
    },
    flushed,
  };
};

/** Commands do not serve requests: they have no replay memory. */
export const noReplayMemory: ReplayMemory = {
  remember: () => Promise.reject(new StoreError('replay memory belongs to the process that serves')),
};
