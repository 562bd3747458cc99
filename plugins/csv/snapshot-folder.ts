import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigProblems } from 'dci-gateway/plugin';
import { isWholeDatabase } from './is-whole-database.ts';

/** The folder with the loaded databases: one by fingerprint, and those that are being written, here or by a replica. */
export interface SnapshotFolder {
  /** The complete database of this fingerprint, if there is one. */
  find(fingerprint: string): string | undefined;
  /** Path for a database that is still to be written. */
  unfinished(): string;
  /** Gives a finished database its name; from now on it is found. */
  finish(path: string, fingerprint: string): string;
  /** Removes a database that is not needed any more. */
  discard(path: string): void;
  /** Removes every database but this one. */
  keepOnly(path: string): void;
}

const PREFIX = 'csv-';
const UNFINISHED = '.part';
/** A load writes all the time: a file that was not touched for so long was left by a process that ended. */
const ABANDONED_MS = 600_000;
const OTHERS_MAY = 0o077;

/** Opens the folder, 0700; one that others may look into is refused, since the copies hold the whole registry. */
export const openSnapshotFolder = (folder: string): SnapshotFolder => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const mode = statSync(folder).mode & 0o777;
  if ((mode & OTHERS_MAY) !== 0) {
    const problem = `${folder} may be read by others (mode ${mode.toString(8)})`;
    throw new ConfigProblems([{ path: [], problem, fix: 'chmod 700 it: it holds a copy of the whole registry' }]);
  }
  const ours = () => readdirSync(folder).filter((name) => name.startsWith(PREFIX));
  const remove = (name: string) => rmSync(join(folder, name), { force: true });
  const isBeingWritten = (name: string): boolean => {
    const touched = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return name.endsWith(UNFINISHED) && Date.now() - touched < ABANDONED_MS;
  };
  const pathOf = (fingerprint: string) => join(folder, `${PREFIX}${fingerprint}.sqlite`);
  return {
    find: (fingerprint) => (isWholeDatabase(pathOf(fingerprint)) ? pathOf(fingerprint) : undefined),
    unfinished: () => join(folder, `${PREFIX}${randomUUID()}.sqlite${UNFINISHED}`),
    finish: (path, fingerprint) => {
      renameSync(path, pathOf(fingerprint));
      return pathOf(fingerprint);
    },
    discard: (path) => rmSync(path, { force: true }),
    keepOnly: (path) => {
      for (const name of ours()) if (join(folder, name) !== path && !isBeingWritten(name)) remove(name);
    },
  };
};
