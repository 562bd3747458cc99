/** Replay memory in MongoDB, shared by all replicas: one write a new message, acknowledged by one member. */

import type { Db, IndexDescription } from 'mongodb';
import type { Clock } from '../../clock.ts';
import { K } from '../document-key.ts';
import type { ReplayMemory } from '../store.ts';
import { asMongoCall, isDuplicate } from './mongo-call.ts';

interface Entry {
  readonly _id: string;
  readonly digest: string;
  readonly until: number;
  /** The same time for the server, which removes the entry some time after it. */
  readonly expires: Date;
}

export const REPLAY = 'replay';

export const replayIndexes: readonly IndexDescription[] = [
  { name: 'expiry', key: { expires: 1 }, expireAfterSeconds: 0 },
];

export const createReplayMemory = (database: Db, clock: Clock): ReplayMemory => {
  const entries = database.collection<Entry>(REPLAY, { writeConcern: { w: 1 } });

  const insert = async (entry: Entry): Promise<boolean> => {
    try {
      await entries.insertOne(entry);
      return true;
    } catch (cause) {
      if (isDuplicate(cause)) return false;
      throw cause;
    }
  };

  /** A live entry keeps its digest, and the later of the times when it is the same message; any other is overwritten. */
  const meet = async ({ _id, digest, until }: Entry, now: number): Promise<Entry | null> => {
    const live = { $gt: ['$until', now] };
    const same = { $eq: ['$digest', { $literal: digest }] };
    const kept = { $cond: [same, { $max: ['$until', until] }, '$until'] };
    const set = {
      digest: { $cond: [live, '$digest', { $literal: digest }] },
      until: { $cond: [live, kept, until] },
    };
    const expires = { $toDate: { $toLong: '$until' } };
    return await entries.findOneAndUpdate({ _id }, [{ $set: set }, { $set: { expires } }], {
      returnDocument: 'before',
    });
  };

  return {
    remember: (partner, messageId, digest, until) =>
      asMongoCall('remember a message', async () => {
        const entry = { _id: K(partner, messageId), digest, until, expires: new Date(until) };
        for (;;) {
          if (await insert(entry)) return 'new';
          const now = clock();
          const before = await meet(entry, now);
          if (before === null) continue; // it expired between the two
          if (before.until <= now) return 'new';
          return before.digest === digest ? 'same' : 'different';
        }
      }),
    forget: (partner, messageId, digest) =>
      asMongoCall('forget a message', async () => {
        await entries.deleteOne({ _id: K(partner, messageId), digest });
      }),
  };
};
