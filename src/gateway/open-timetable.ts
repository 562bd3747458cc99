/** Agenda's timetable over the gateway's lanes, on the store that the gateway has. */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { StoreConfig } from '../config/config.ts';
import type { JobTable } from '../jobs/agenda/job-table.ts';
import { createSqliteJobTable, unlockAllJobs } from '../jobs/agenda/sqlite-backend.ts';
import { startTimetable, type Timetable } from '../jobs/agenda/wire.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { createRetention } from '../jobs/retention.ts';
import type { Log } from '../log.ts';
import { feedLane, upstreamLane } from '../registry/lane-names.ts';
import type { Registry } from '../registry/registry.ts';
import { openJobsDatabase } from '../store/sqlite/jobs-database.ts';
import type { OpenedStore } from './open-store.ts';

export interface TimetableInput {
  readonly opened: OpenedStore;
  readonly config: StoreConfig;
  readonly registries: readonly Registry[];
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
}

const SWEEP_EVERY_MS = 5_000;
const RETAIN_EVERY_MS = 3_600_000;
/** A feed comes by its own time; this finds those that nobody woke yet. */
const POLL_EVERY_MS = 30_000;
const CLOSE_WITHIN_MS = 10_000;

/** Rejects when the store does not answer. Dispose of it before the jobs and the store are closed. */
export const openTimetable = async (input: TimetableInput): Promise<AsyncDisposable> => {
  const { opened, config, registries, jobs, clock, log } = input;
  const { documents, lanes, tidy } = opened.store;
  await using cleanUp = new AsyncDisposableStack();
  const table = await openTable(input, cleanUp);
  const upstreams = registries.filter(({ plugin }) => plugin.upstream !== undefined).map(({ config }) => upstreamLane(config.id)); // biome-ignore format: one look
  const timetable: Timetable = await startTimetable({
    ...{ table, jobs, log, owner: randomUUID() },
    wakeLane: (lane) => lanes.wake(lane, 0),
    polls: [...registries.map(({ config }) => feedLane(config.id)), ...upstreams].map((lane) => ({
      lane,
      everyMs: POLL_EVERY_MS,
    })),
    retain: createRetention({ documents, lanes, tidy, clock, log, retentionMs: config.retentionMs }),
    sweepEveryMs: SWEEP_EVERY_MS,
    retainEveryMs: RETAIN_EVERY_MS,
  });
  cleanUp.defer(() => timetable.close(CLOSE_WITHIN_MS));
  // Now, not at their next turn: the configuration may want something else than it did.
  for (const lane of upstreams) {
    await lanes.wake(lane, 0);
    jobs.wake(lane);
  }
  return cleanUp.move();
};

const openTable = async (
  { opened: { mongo }, config }: TimetableInput,
  cleanUp: AsyncDisposableStack,
): Promise<JobTable> => {
  if (mongo !== undefined) {
    // Only there its driver is loaded.
    const { createMongoJobTable } = await import('../jobs/agenda/mongo-backend.ts');
    return createMongoJobTable(mongo);
  }
  const database = await openJobsDatabase(config.folder);
  cleanUp.defer(() => database.close());
  const table = createSqliteJobTable(database);
  unlockAllJobs(database);
  return table;
};
