/** Files of the store are for their owner alone: 0600 in a folder 0700. */

import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../store.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS = 0o077;

/** Makes the folder where it is missing; one that others may read or write stops the start. */
export const preparePrivateFolder = async (folder: string): Promise<void> => {
  const made = await mkdir(folder, { recursive: true, mode: FOLDER_MODE }).catch((cause: unknown) => {
    throw new StoreError(`the store's folder ${folder} cannot be made`, { cause });
  });
  if (made !== undefined) await chmod(folder, FOLDER_MODE); // a umask may have taken bits away
  await refuseWiderMode(folder, 'chmod 700');
};

/**
 * Makes the file, empty and 0600, where it is missing; a wider mode stops the start. SQLite gives `-wal` and `-shm` the mode of their database.
 * An existing file is never opened here: closing it would drop the locks that another connection of this process holds on it.
 */
export const preparePrivateFile = async (path: string): Promise<void> => {
  try {
    const handle = await open(path, 'wx', FILE_MODE);
    await handle.close();
  } catch (cause) {
    if (!isCode(cause, 'EEXIST')) throw new StoreError(`${path} cannot be made`, { cause });
  }
  for (const name of [path, `${path}-wal`, `${path}-shm`]) await refuseWiderMode(name, 'chmod 600');
};

/** Rejects where others may reach the folder or a file of the store, as a start would; makes nothing. */
export const refuseSharedStore = async (folder: string): Promise<void> => {
  await refuseWiderMode(folder, 'chmod 700');
  const { state, replay, jobs } = storeFiles(folder);
  for (const path of [state, replay, jobs])
    for (const name of [path, `${path}-wal`, `${path}-shm`]) await refuseWiderMode(name, 'chmod 600');
};

/** Does nothing where there is no such file. */
const refuseWiderMode = async (path: string, fix: string): Promise<void> => {
  try {
    const { mode } = await stat(path);
    if ((mode & OTHERS) === 0) return;
    throw new StoreError(`${path} has mode ${(mode & 0o777).toString(8)}, others may reach it: ${fix} ${path}`);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    if (!isCode(cause, 'ENOENT')) throw new StoreError(`${path} cannot be looked at`, { cause });
  }
};

export const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Where the store's files lie. */
export const storeFiles = (folder: string) => ({
  state: join(folder, 'gateway.sqlite'),
  replay: join(folder, 'replay.sqlite'),
  jobs: join(folder, 'jobs.sqlite'),
  lock: join(folder, 'gateway.lock'),
});
