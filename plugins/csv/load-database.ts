import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { LoadPlan } from './config.ts';
import { type BadRow, type FileReport, type LoadListener, loadFile } from './load-file.ts';
import { loadKept } from './load-kept.ts';
import { quoteName } from './quote-name.ts';
import { UnusableFile } from './read-header.ts';

/** By table. */
export type LoadReport = Readonly<Record<string, FileReport>>;

/** SQLite's own measure: a negative size is in KiB. */
const CACHE_KIB = 32 * 1024;

/**
 * Loads all files into a new database at `path`, which must not exist. Blocks until it is done: for a worker.
 * Nothing is journalled: a load that breaks off leaves a file that nobody opens.
 */
export const loadDatabase = (plan: LoadPlan, path: string, listener: LoadListener): LoadReport => {
  closeSync(openSync(path, 'wx', 0o600));
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE');
    database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    const limited = limitBadRows(plan, listener);
    database.exec('BEGIN');
    const report: Record<string, FileReport> = {};
    for (const file of plan.files) report[file.table] = loadFile(database, file, limited);
    for (const { table, indexes } of plan.files) createIndexes(database, table, indexes);
    for (const kept of plan.kept) {
      loadKept(database, kept);
      createIndexes(database, kept.table, kept.indexes);
    }
    database.exec('COMMIT; ANALYZE');
    return report;
  } finally {
    database.close();
    syncToDisk(path);
  }
};

const createIndexes = (database: DatabaseSync, table: string, indexes: readonly (readonly string[])[]): void => {
  for (const columns of indexes) {
    const name = quoteName(`${table} by ${columns.join(', ')}`);
    database.exec(`CREATE INDEX ${name} ON ${quoteName(table)} (${columns.map(quoteName).join(', ')})`);
  }
};

/** `max_bad_rows` is for all files of a registry together. */
const limitBadRows = ({ files, maxBadRows }: LoadPlan, listener: LoadListener): LoadListener => {
  let count = 0;
  return {
    progress: listener.progress,
    bad: (row: BadRow) => {
      listener.bad(row);
      count += 1;
      const plan = files.find(({ table }) => table === row.table);
      if (count <= maxBadRows || plan === undefined) return;
      throw new UnusableFile(
        plan,
        row.line,
        `${row.problem}, and with it more than ${maxBadRows} rows are bad`,
        'mend the rows, or allow more by max_bad_rows',
      );
    },
  };
};

const syncToDisk = (path: string): void => {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};
