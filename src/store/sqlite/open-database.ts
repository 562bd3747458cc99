/** One SQLite file, opened the way the store needs it, with its schema brought up to date. */

import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreError } from '../store.ts';
import { preparePrivateFile } from './private-files.ts';
import { isBroken, withRetry } from './retry.ts';

/** How long SQLite itself waits for a lock; it blocks the process, so the rest of the waiting is asynchronous (retry.ts). */
const BUSY_TIMEOUT_MS = 50;

const CACHE_KIB = 65_536;
/** A page that changes again before its checkpoint is written to the database once: of keys that are hashes, most do. */
const CHECKPOINT_PAGES = 8_000;

export interface Schema {
  /** Each entry brings the file from version i to i + 1. An entry that was released is never changed. */
  readonly migrations: readonly string[];
  readonly synchronous: 'FULL' | 'NORMAL';
  /** What the operator can do when the file is broken. */
  readonly whenBroken: string;
}

/** Rejects with a `StoreError` that names the file: broken, of a newer version, or not to be opened. */
export const openDatabase = async (path: string, schema: Schema): Promise<DatabaseSync> => {
  await preparePrivateFile(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, allowExtension: false });
    const opened = database;
    await withRetry(() => configure(opened, schema.synchronous));
    await withRetry(() => checkWhole(opened, path));
    await withRetry(() => migrate(opened, schema.migrations, path));
    return opened;
  } catch (cause) {
    database?.close();
    if (isBroken(cause)) throw new StoreError(`${path} is damaged or no SQLite file. ${schema.whenBroken}`, { cause });
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(`${path} cannot be opened`, { cause });
  }
};

const configure = (database: DatabaseSync, synchronous: 'FULL' | 'NORMAL'): void => {
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF`);
  database.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
};

const checkWhole = (database: DatabaseSync, path: string): void => {
  const result = database.prepare('PRAGMA quick_check(1)').get();
  const verdict = result === undefined ? 'nothing' : Object.values(result)[0];
  if (verdict !== 'ok') throw Object.assign(new Error(`${path}: ${String(verdict)}`), { errcode: 11 });
};

const migrate = (database: DatabaseSync, migrations: readonly string[], path: string): void =>
  inTransaction(database, () => {
    database.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT');
    const { version } = database.prepare('SELECT coalesce(max(version), 0) AS version FROM schema_version').get() as {
      version: number;
    };
    if (version > migrations.length) {
      throw new StoreError(
        `${path} was written by a newer version (schema ${version}, this one knows ${migrations.length}): run that version, or restore a backup`,
      );
    }
    for (const [index, statements] of migrations.slice(version).entries()) {
      database.exec(statements);
      database.prepare('INSERT INTO schema_version (version) VALUES (?)').run(version + index + 1);
    }
  });

/** BEGIN IMMEDIATE: a plain BEGIN that reads and then writes fails at once where another process wrote in between. */
export const inTransaction = <T>(database: DatabaseSync, work: () => T): T => {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (cause) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw cause;
  }
};

/** Writes everything into the database and empties the write-ahead log. False: a reader was in the way. */
export const truncateLog = (database: DatabaseSync): boolean =>
  (database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }).busy === 0;

/** Closes with a truncating checkpoint, so that no deleted content stays in the write-ahead log. */
export const closeDatabase = async (database: DatabaseSync): Promise<void> => {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (truncateLog(database)) break;
    await pause(BUSY_TIMEOUT_MS);
  }
  database.close();
};
