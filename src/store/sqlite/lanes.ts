/** Lanes in SQLite. One process serves from the file, so its clock is the store's clock. */

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../clock.ts';
import type { Lanes, Lease } from '../documents.ts';
import type { Writer } from './group-commit.ts';
import { asStoreCall } from './retry.ts';

export const LANE_TABLES = `
  CREATE TABLE lane (
    lane TEXT PRIMARY KEY,
    wakes INTEGER NOT NULL,
    next_due INTEGER,
    token TEXT,
    lease_until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX lane_due ON lane (next_due) WHERE next_due IS NOT NULL;
`;

export interface LanesOptions {
  readonly database: DatabaseSync;
  readonly writer: Writer;
  readonly clock: Clock;
}

export interface SqliteLanes extends Lanes {
  /** `wake` for a caller that is inside a transaction. */
  wakeNow(lane: string, inMs: number): void;
}

/** The process that takes over the file alone ends every lease: their owners are gone with the process before. */
export const endAllLeases = (database: DatabaseSync): void => {
  database.exec('UPDATE lane SET token = NULL, lease_until = 0 WHERE token IS NOT NULL');
};

export const createLanes = ({ database, writer, clock }: LanesOptions): SqliteLanes => {
  const wake = database.prepare(`
    INSERT INTO lane (lane, wakes, next_due, lease_until) VALUES (?1, 1, ?2, 0)
    ON CONFLICT (lane) DO UPDATE SET wakes = wakes + 1, next_due = min(coalesce(next_due, ?2), ?2)`);
  const take = database.prepare(
    'UPDATE lane SET token = ?1, lease_until = ?2 WHERE lane = ?3 AND lease_until <= ?4 RETURNING wakes',
  );
  const renew = database.prepare('UPDATE lane SET lease_until = ?1 WHERE lane = ?2 AND token = ?3 RETURNING wakes');
  const release = database.prepare(
    'UPDATE lane SET token = NULL, lease_until = 0, next_due = ?1 WHERE lane = ?2 AND token = ?3 AND wakes = ?4',
  );
  const owned = database.prepare('SELECT 1 FROM lane WHERE lane = ? AND token = ?');
  const due = database.prepare(
    'SELECT lane FROM lane WHERE next_due <= ?1 AND lease_until <= ?1 ORDER BY next_due, lane LIMIT ?2',
  );
  const earliest = database.prepare(
    'SELECT next_due AS at FROM lane WHERE next_due IS NOT NULL AND lease_until <= ? ORDER BY next_due LIMIT 1',
  );
  const forget = database.prepare('DELETE FROM lane WHERE next_due IS NULL AND token IS NULL');

  const wakeNow = (lane: string, inMs: number): void => void wake.run(lane, clock() + Math.ceil(inMs));
  const leased = (row: unknown, lease: Omit<Lease, 'wakes'>): Lease | undefined =>
    row === undefined ? undefined : { ...lease, wakes: (row as { wakes: number }).wakes };

  return {
    wakeNow,
    wake: (lane, inMs) => writer.write('wake a lane', () => wakeNow(lane, inMs)),
    take: (lane, owner, forMs) =>
      writer.write('take a lane', () => {
        const token = randomUUID();
        const now = clock();
        return leased(take.get(token, now + Math.ceil(forMs), lane, now), { lane, owner, token });
      }),
    renew: (lease, forMs) =>
      writer.write('renew a lease', () =>
        leased(renew.get(clock() + Math.ceil(forMs), lease.lane, lease.token), lease),
      ),
    release: (lease, nextDueInMs) =>
      writer.write('release a lane', () => {
        const nextDue = nextDueInMs === undefined ? null : clock() + Math.ceil(nextDueInMs);
        if (release.run(nextDue, lease.lane, lease.token, lease.wakes).changes === 1) return 'released';
        return owned.get(lease.lane, lease.token) === undefined ? 'lost' : 'again';
      }),
    due: (limit) =>
      asStoreCall('look for due lanes', () => (due.all(clock(), limit) as { lane: string }[]).map(({ lane }) => lane)),
    nextDueInMs: () =>
      asStoreCall('look for the next due lane', () => {
        const now = clock();
        const row = earliest.get(now) as { at: number } | undefined;
        return row && Math.max(0, row.at - now);
      }),
    forgetIdle: () => writer.write('forget lanes', () => Number(forget.run().changes)),
  };
};
