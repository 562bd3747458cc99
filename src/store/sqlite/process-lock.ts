/** One gateway process per embedded store: a lock that ends with the process, however it ends. */

import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { preparePrivateFile } from './private-files.ts';
import { isBusy } from './retry.ts';

export interface ProcessLock {
  release(): void;
}

/**
 * Node has no flock, but SQLite's exclusive lock is the operating system's own file lock: it holds between processes and
 * between connections of one process, and is gone when the process is. Nothing is ever written to the file.
 */
export const takeProcessLock = async (path: string, folder: string): Promise<ProcessLock> => {
  await preparePrivateFile(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw new StoreError(`${path} cannot be locked. Delete it and start again`, { cause });
    throw new StoreError(
      `another gateway serves from the store in ${folder}: stop it first, or give this one another store.folder`,
      { cause },
    );
  }
  return { release: () => database.close() };
};
