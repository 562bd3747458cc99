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

/** Each write takes a few expired entries along, so that no request pays for many. */
const EXPIRED_PER_WRITE = 2;
const EXPIRED_AT_LEAST = 16;

type Answer = 'new' | 'same' | 'different';

interface Waiting {
  readonly partner: string;
  readonly messageId: string;
  readonly digest: string;
  readonly until: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

export interface SqliteReplayMemory extends ReplayMemory {
  /** Resolves when everything asked so far is written. */
  flushed(): Promise<void>;
}

/** All that is asked within one turn of the event loop becomes one transaction, in the order asked: the second of two equal calls sees the first. */
export const createReplayMemory = (database: DatabaseSync, clock: Clock): SqliteReplayMemory => {
  const find = database.prepare('SELECT digest, until FROM replay WHERE partner = ? AND message_id = ?');
  const put = database.prepare(
    'INSERT OR REPLACE INTO replay (partner, message_id, digest, until) VALUES (?, ?, ?, ?)',
  );
  const expire = database.prepare(
    'DELETE FROM replay WHERE (partner, message_id) IN (SELECT partner, message_id FROM replay WHERE until <= ? LIMIT ?)',
  );
  let waiting: Waiting[] = [];
  let writing: Promise<void> = Promise.resolve();

  const answer = ({ partner, messageId, digest, until }: Waiting, now: number): Answer => {
    const known = find.get(partner, messageId) as { digest: string; until: number } | undefined;
    if (known !== undefined && known.until > now) {
      if (known.digest !== digest) return 'different';
      if (until > known.until) put.run(partner, messageId, digest, until);
      return 'same';
    }
    put.run(partner, messageId, digest, until);
    return 'new';
  };

  const write = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const now = clock();
      const answers = await asStoreCall('remember messages', () =>
        inTransaction(database, () => {
          const made = batch.map((each) => answer(each, now));
          expire.run(now, EXPIRED_AT_LEAST + EXPIRED_PER_WRITE * batch.length);
          return made;
        }),
      );
      for (const [index, each] of batch.entries()) each.resolve(answers[index] ?? 'different');
    } catch (cause) {
      for (const each of batch) each.reject(cause);
    }
  };

  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return; // `flushed` was faster
    writing = writing.then(() => write(batch));
  };

  return {
    remember: (partner, messageId, digest, until) =>
      new Promise<Answer>((resolve, reject) => {
        if (waiting.push({ partner, messageId, digest, until, resolve, reject }) === 1) setImmediate(flush);
      }),
    flushed: async () => {
      if (waiting.length > 0) flush();
      await writing;
    },
  };
};

/** Commands do not serve requests: they have no replay memory. */
export const noReplayMemory: ReplayMemory = {
  remember: () => Promise.reject(new StoreError('replay memory belongs to the process that serves')),
};
