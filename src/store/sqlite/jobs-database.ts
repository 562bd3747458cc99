/** The file of the timetable: when what comes next. It holds no data of partners, and a lost one is made again. */

import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from './open-database.ts';
import { storeFiles } from './private-files.ts';

const SCHEMA = {
  migrations: [],
  synchronous: 'NORMAL',
  whenBroken: 'Delete it (and its -wal and -shm): it is made again, and nothing else is lost',
} as const;

/** For the one process that has the store's lock. Rejects with a `StoreError` that names the file. */
export const openJobsDatabase = (folder: string): Promise<DatabaseSync> =>
  openDatabase(storeFiles(folder).jobs, SCHEMA);
