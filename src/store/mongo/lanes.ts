/** Lanes in MongoDB. Every time in them is made by the server (`$$NOW`) inside the one write that needs it. */

import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import type { Lanes, Lease } from '../documents.ts';
import { asMongoCall, upserting } from './mongo-call.ts';

/** Times are numbers of milliseconds. */
interface Lane {
  readonly _id: string;
  readonly wakes: number;
  /** Null: when it is woken. */
  readonly nextDue: number | null;
  readonly token: string | null;
  readonly leaseUntil: number;
}

export const LANES = 'lanes';

export const laneIndexes = [{ name: 'byDue', key: { nextDue: 1 } }];

const NOW = { $toLong: '$$NOW' };
const inFuture = (ms: number) => ({ $add: [NOW, Math.ceil(ms)] });

export const createLanes = (database: Db): Lanes => {
  const lanes = database.collection<Lane>(LANES);

  const wakeUp = (lane: string, inMs: number): Promise<unknown> =>
    upserting(() =>
      lanes.updateOne(
        { _id: lane },
        [
          {
            $set: {
              wakes: { $add: [{ $ifNull: ['$wakes', 0] }, 1] },
              nextDue: { $min: ['$nextDue', inFuture(inMs)] },
              token: { $ifNull: ['$token', null] },
              leaseUntil: { $ifNull: ['$leaseUntil', 0] },
            },
          },
        ],
        { upsert: true },
      ),
    );

  /** `hello` tells the server's time; a plain bound then uses the index. Ownership is never decided by it. */
  const serverTime = async (): Promise<number> => {
    const { localTime } = await database.command({ hello: 1 });
    return (localTime as Date).getTime();
  };

  const leased = (found: Lane | null, lease: Omit<Lease, 'wakes'>): Lease | undefined =>
    found === null || found.token !== lease.token ? undefined : { ...lease, wakes: found.wakes };

  return {
    wake: createCoalescing((lane, inMs) => asMongoCall('wake a lane', async () => void (await wakeUp(lane, inMs)))),
    take: (lane, owner, forMs) =>
      asMongoCall('take a lane', async () => {
        const token = randomUUID();
        const free = { $lte: ['$leaseUntil', NOW] };
        const found = await lanes.findOneAndUpdate(
          { _id: lane },
          [
            {
              $set: {
                token: { $cond: [free, { $literal: token }, '$token'] },
                leaseUntil: { $cond: [free, inFuture(forMs), '$leaseUntil'] },
              },
            },
          ],
          { returnDocument: 'after' },
        );
        return leased(found, { lane, owner, token });
      }),
    renew: (lease, forMs) =>
      asMongoCall('renew a lease', async () => {
        const { lane, token } = lease;
        const update = [{ $set: { leaseUntil: inFuture(forMs) } }];
        return leased(await lanes.findOneAndUpdate({ _id: lane, token }, update, { returnDocument: 'after' }), lease);
      }),
    release: ({ lane, token, wakes }, nextDueInMs) =>
      asMongoCall('release a lane', async () => {
        const nextDue = nextDueInMs === undefined ? null : inFuture(nextDueInMs);
        const update = [{ $set: { token: null, leaseUntil: 0, nextDue } }];
        const { matchedCount } = await lanes.updateOne({ _id: lane, token, wakes }, update);
        if (matchedCount === 1) return 'released';
        return (await lanes.findOne({ _id: lane, token }, { projection: { _id: 1 } })) === null ? 'lost' : 'again';
      }),
    due: (limit) =>
      asMongoCall('look for due lanes', async () => {
        const now = await serverTime();
        const found = lanes.find({ nextDue: { $lte: now }, leaseUntil: { $lte: now } }, { projection: { _id: 1 } });
        return (await found.sort({ nextDue: 1, _id: 1 }).limit(limit).toArray()).map(({ _id }) => _id);
      }),
    nextDueInMs: () =>
      asMongoCall('look for the next due lane', async () => {
        const now = await serverTime();
        const found = lanes.find({ nextDue: { $gte: 0 }, leaseUntil: { $lte: now } }, { projection: { nextDue: 1 } });
        const [first] = await found.sort({ nextDue: 1 }).limit(1).toArray();
        return typeof first?.nextDue === 'number' ? Math.max(0, first.nextDue - now) : undefined;
      }),
    forgetIdle: () =>
      asMongoCall('forget lanes', async () => (await lanes.deleteMany({ nextDue: null, token: null })).deletedCount),
  };
};

type Wake = (lane: string, inMs: number) => Promise<void>;

/**
 * All wake-ups of a lane that come while one is being written share the next one, which starts after they came: a lane that
 * is woken a thousand times a second is not written a thousand times.
 */
const createCoalescing = (wake: Wake): Wake => {
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, { inMs: number; readonly done: Promise<void> }>();

  const start = (lane: string, inMs: number): Promise<void> => {
    const done = wake(lane, inMs).finally(() => {
      if (running.get(lane) === done) running.delete(lane);
    });
    running.set(lane, done);
    return done;
  };

  return (lane, inMs) => {
    const next = waiting.get(lane);
    if (next !== undefined) {
      next.inMs = Math.min(next.inMs, inMs);
      return next.done;
    }
    const now = running.get(lane);
    if (now === undefined) return start(lane, inMs);
    const goOn = (): Promise<void> => {
      const { inMs: earliest } = waiting.get(lane) ?? { inMs };
      waiting.delete(lane);
      return start(lane, earliest);
    };
    const done = now.then(goOn, goOn); // whether the one before failed is its callers' business
    waiting.set(lane, { inMs, done });
    return done;
  };
};
