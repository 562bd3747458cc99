/** A job of Agenda's as a row of SQLite: what is searched by in columns, the rest as JSON. */

import type { DatabaseSync } from 'node:sqlite';
import { datefields, type JobParameters, toJobId } from 'agenda';

export const JOB_TABLE = `
  CREATE TABLE IF NOT EXISTS job (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    priority INTEGER NOT NULL,
    next_run_at INTEGER,
    locked_at INTEGER,
    disabled INTEGER NOT NULL,
    data TEXT NOT NULL,
    more TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS job_next ON job (name, next_run_at);
`;

export interface JobRow {
  readonly id: string;
  readonly name: string;
  readonly priority: number;
  readonly next_run_at: number | null;
  readonly locked_at: number | null;
  readonly disabled: 0 | 1;
  readonly data: string;
  readonly more: string;
}

const COLUMNS = ['id', 'name', 'priority', 'next_run_at', 'locked_at', 'disabled', 'data', 'more'] as const;

const DATES: ReadonlySet<string> = new Set(datefields);

export const jobOf = (row: JobRow): JobParameters => ({
  ...(JSON.parse(row.more, (key, value) => (DATES.has(key) ? new Date(value) : value)) as Omit<JobParameters, 'data'>),
  _id: toJobId(row.id),
  name: row.name,
  priority: row.priority,
  nextRunAt: row.next_run_at === null ? null : new Date(row.next_run_at),
  ...(row.locked_at !== null && { lockedAt: new Date(row.locked_at) }),
  disabled: row.disabled === 1,
  data: JSON.parse(row.data),
});

export const rowOf = (id: string, job: JobParameters): JobRow => {
  const { _id, name, priority, nextRunAt, lockedAt, disabled, data, unique, uniqueOpts, ...more } = job;
  return {
    id,
    name,
    priority,
    next_run_at: timeOf(nextRunAt),
    locked_at: timeOf(lockedAt),
    disabled: disabled === true ? 1 : 0,
    data: JSON.stringify(data ?? null),
    more: JSON.stringify(more, (_key, value) => value ?? undefined), // what is null is absent
  };
};

const timeOf = (date: Date | null | undefined): number | null => date?.getTime() ?? null;

/** The statements on the table. */
export const prepareJobs = (database: DatabaseSync) => {
  const all = database.prepare('SELECT * FROM job ORDER BY next_run_at, priority DESC, id');
  const byId = database.prepare('SELECT * FROM job WHERE id = ?');
  const put = database.prepare(
    `REPLACE INTO job (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`,
  );
  const remove = database.prepare('DELETE FROM job WHERE id = ?');
  return {
    all: () => all.all() as unknown as JobRow[],
    byId: (id: string) => byId.get(id) as JobRow | undefined,
    put: (row: JobRow): void => void put.run(...COLUMNS.map((column) => row[column])),
    remove: (id: string): void => void remove.run(id),
  };
};

export type JobStatements = ReturnType<typeof prepareJobs>;
