/** Agenda's backend on node:sqlite, for one machine: the database is opened, and closed, by whoever hands it over. */

import type { DatabaseSync } from 'node:sqlite';
import type { JobTable } from './job-table.ts';
import { createSqliteRepository } from './sqlite-repository.ts';

/** All times are of this process' clock: no other has the file open. */
export const createSqliteJobTable = (database: DatabaseSync): JobTable => {
  const repository = createSqliteRepository(database);
  const forward = database.prepare(
    'UPDATE job SET next_run_at = ?1 WHERE name = ?2 AND locked_at IS NULL AND (next_run_at IS NULL OR next_run_at > ?1)',
  );
  const done = async (): Promise<void> => undefined;
  return {
    backend: { name: 'SQLite', repository, ownsConnection: false, connect: done, disconnect: done },
    bringForward: async (name, at) => void forward.run(at.getTime(), name),
  };
};

/** For whoever opens the file alone: the workers that held these locks are gone with the process before. */
export const unlockAllJobs = (database: DatabaseSync): void => {
  database.exec('UPDATE job SET locked_at = NULL');
};
