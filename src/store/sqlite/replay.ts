/** Replay memory in its own file: written often and cheaply, worth nothing after minutes. */

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../clock.ts';
import { type ReplayMemory, StoreError } from '../store.ts';
import { inTransaction } from './open-database.ts';
import { createReplayFilter, minuteOf } from './replay-filter.ts';
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

/** By the minute in which they end, so that what is written and deleted together lies together: few pages a transaction. */
export const REPLAY_BY_MINUTE = `
  CREATE TABLE replay_by_minute (
    minute INTEGER NOT NULL,
    partner TEXT NOT NULL,
    message_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (minute, partner, message_id)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO replay_by_minute SELECT until / 60000, partner, message_id, digest, until FROM replay;
  DROP TABLE replay;
  ALTER TABLE replay_by_minute RENAME TO replay;
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

type Known = Pick<Entry, 'digest' | 'until'>;

export interface SqliteReplayMemory extends ReplayMemory {
  /** Resolves when everything remembered so far is written; rejects with a `StoreError` when it cannot be. */
  flushed(): Promise<void>;
}

/**
 * A crash forgets at most the last `WRITE_AFTER_MS`. While a write fails nothing more is remembered and callers get
 * the `StoreError` (no unwritten pile, no message let through); it is tried again with the next call.
 */
export const createReplayMemory = (database: DatabaseSync, clock: Clock): SqliteReplayMemory => {
  const find = database.prepare('SELECT digest, until FROM replay WHERE minute = ? AND partner = ? AND message_id = ?');
  const put = database.prepare(
    'INSERT OR REPLACE INTO replay (minute, partner, message_id, digest, until) VALUES (?, ?, ?, ?, ?)',
  );
  const expire = database.prepare(
    'DELETE FROM replay WHERE (minute, partner, message_id) IN (SELECT minute, partner, message_id FROM replay WHERE minute < ? LIMIT ?)',
  );
  const remove = database.prepare(
    'DELETE FROM replay WHERE minute = ? AND partner = ? AND message_id = ? AND digest = ?',
  );
  const filter = createReplayFilter();
  const live = database.prepare('SELECT partner, message_id AS messageId, until FROM replay WHERE minute >= ?');
  for (const row of live.iterate(minuteOf(clock()))) {
    const { partner, messageId, until } = row as unknown as Entry; // the columns of `live`
    filter.add(keyOf(partner, messageId), until);
  }

  /** Not yet written, by partner and message id. */
  const unwritten = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;
  let failure: StoreError | undefined;
  let writing: Promise<void> = Promise.resolve();
  /** The write that will start when the running one ends: however many ask for it, it is one. */
  let next: Promise<void> | undefined;

  /** Of several, which an entry that was prolonged leaves behind, the one that ends last. */
  const written = (minutes: readonly number[], partner: string, messageId: string): Known | undefined => {
    let last: Known | undefined;
    for (const minute of minutes) {
      const row = find.get(minute, partner, messageId) as Known | undefined;
      if (row !== undefined && row.until > (last?.until ?? 0)) last = row;
    }
    return last;
  };

  const remember = (key: string, entry: Entry, before: Known | undefined): 'new' | 'same' | 'different' => {
    const isLive = before !== undefined && before.until > clock();
    if (isLive && before.digest !== entry.digest) return 'different';
    if (!isLive || entry.until > before.until) {
      unwritten.set(key, entry);
      filter.add(key, entry.until);
    }
    if (unwritten.size > 0) timer ??= setTimeout(flush, WRITE_AFTER_MS);
    return isLive ? 'same' : 'new';
  };

  const writeAll = (batch: ReadonlyMap<string, Entry>): void => {
    for (const { partner, messageId, digest, until } of batch.values()) {
      put.run(minuteOf(until), partner, messageId, digest, until);
    }
    const minute = minuteOf(clock());
    expire.run(minute, EXPIRED_AT_LEAST + EXPIRED_PER_WRITE * batch.size);
    filter.forgetBefore(minute);
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
      if (!database.isOpen) throw new StoreError('the store is closed');
      if (failure !== undefined) await flushed();
      const key = keyOf(partner, messageId);
      const entry = { partner, messageId, digest, until };
      if (!unwritten.has(key) && filter.minutesOf(key).length === 0) return remember(key, entry, undefined);
      // Asked again after each wait for a lock: what was unwritten may have been written meanwhile.
      const known = (): Known | undefined => unwritten.get(key) ?? written(filter.minutesOf(key), partner, messageId);
      return await asStoreCall('remember a message', () => remember(key, entry, known()));
    },
    forget: async (partner, messageId, digest) => {
      if (!database.isOpen) throw new StoreError('the store is closed');
      await flushed(); // a write that has begun would bring it back
      const minutes = filter.minutesOf(keyOf(partner, messageId));
      await asStoreCall('forget a message', () => {
        for (const minute of minutes) remove.run(minute, partner, messageId, digest);
      });
    },
    flushed,
  };
};

const keyOf = (partner: string, messageId: string): string => `${partner.length}:${partner}${messageId}`;

const refused = (): Promise<never> =>
  Promise.reject(new StoreError('replay memory belongs to the process that serves'));

/** Commands do not serve requests: they have no replay memory. */
export const noReplayMemory: ReplayMemory = { remember: refused, forget: refused };
