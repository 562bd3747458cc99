/**
 * Agenda's jobs in SQLite. Each method is one synchronous piece, and one process owns the file: nothing comes between
 * its reading and its writing. Saving a job never touches its lock; only its worker's `saveJobState` does.
 */

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { JobParameters, JobRepository, JobsOverview, RemoveJobsOptions } from 'agenda';
import { computeJobState } from 'agenda';
import { JOB_TABLE, type JobRow, jobOf, prepareJobs, rowOf } from './job-rows.ts';
import { queryJobs, selector, valueAt } from './select-jobs.ts';

/** What the worker of a job writes, and nobody else. */
const STATE = ['lockedAt', 'lastRunAt', 'lastFinishedAt', 'failedAt', 'failCount', 'failReason', 'progress'] as const;

export const createSqliteRepository = (database: DatabaseSync): JobRepository => {
  database.exec(JOB_TABLE);
  const rows = prepareJobs(database);
  const next = database.prepare(`
    UPDATE job SET locked_at = ?1 WHERE id = (
      SELECT id FROM job
      WHERE name = ?2 AND disabled = 0 AND ((locked_at IS NULL AND next_run_at <= ?3) OR locked_at <= ?4)
      ORDER BY next_run_at, priority DESC LIMIT 1
    ) RETURNING *`);
  const waiting = database.prepare(`
    SELECT 1 FROM job WHERE name = ?1 AND disabled = 0 AND ((locked_at IS NULL AND next_run_at <= ?2) OR locked_at <= ?3) LIMIT 1`);
  const lock = database.prepare(`
    UPDATE job SET locked_at = ?1
    WHERE id = ?2 AND name = ?3 AND locked_at IS NULL AND next_run_at IS ?4 AND disabled = 0 RETURNING *`);
  const unlockWaiting = database.prepare('UPDATE job SET locked_at = NULL WHERE id = ? AND next_run_at IS NOT NULL');
  const unlock = database.prepare('UPDATE job SET locked_at = NULL WHERE id = ?');
  const due = database.prepare('SELECT count(*) AS due FROM job WHERE next_run_at < ?');

  const jobs = (): JobParameters[] => rows.all().map(jobOf);
  const locked = (row: unknown): JobParameters | undefined => (row === undefined ? undefined : jobOf(row as JobRow));
  const put = (id: string, job: JobParameters): JobParameters => {
    const row = rowOf(id, job);
    rows.put(row);
    return jobOf(row);
  };
  /** Changes what is meant; without criteria nothing is. */
  const change = (options: RemoveJobsOptions, work: (job: JobParameters) => void): number => {
    const meant = selector(options);
    const found = meant === undefined ? [] : jobs().filter(meant);
    for (const job of found) work(job);
    return found.length;
  };
  const setDisabled = (options: RemoveJobsOptions, disabled: boolean): number =>
    change(options, (job) => put(String(job._id), { ...job, disabled }));

  const save = (job: JobParameters, lastModifiedBy: string | undefined): JobParameters => {
    const { unique, uniqueOpts } = job;
    const given = { ...job, ...(lastModifiedBy !== undefined && { lastModifiedBy }) };
    if (uniqueOpts?.debounce !== undefined) throw new Error('debounced jobs are not kept here');
    if (job._id !== undefined) {
      const row = rows.byId(String(job._id));
      return row === undefined || row.name !== job.name ? job : put(row.id, withStateOf(jobOf(row), given));
    }
    const same = jobs().find(
      (each) =>
        each.name === job.name &&
        (job.type === 'single'
          ? each.type === 'single'
          : unique !== undefined && Object.entries(unique).every(([path, value]) => valueAt(each, path) === value)),
    );
    if (same === undefined) return put(randomUUID(), given);
    if (uniqueOpts?.insertOnly === true) return same;
    const past = job.type === 'single' && job.nextRunAt !== null && job.nextRunAt.getTime() <= Date.now();
    return put(String(same._id), { ...withStateOf(same, given), ...(past && { nextRunAt: same.nextRunAt }) });
  };

  return {
    connect: async () => undefined,
    queryJobs: async (options = {}) => queryJobs(jobs(), options),
    getJobsOverview: async () => overviewOf(jobs()),
    getDistinctJobNames: async () => [...new Set(jobs().map(({ name }) => name))],
    getJobById: async (id) => locked(rows.byId(id)) ?? null,
    getQueueSize: async () => (due.get(Date.now()) as { due: number }).due,
    removeJobs: async (options) => change(options, (job) => rows.remove(String(job._id))),
    purgeAllJobs: async () => {
      const all = jobs();
      for (const { _id } of all) rows.remove(String(_id));
      return all.length;
    },
    saveJob: async <DATA>(job: JobParameters<DATA>, options: { lastModifiedBy?: string } | undefined) =>
      save(job, options?.lastModifiedBy) as JobParameters<DATA>, // the data went through JSON
    saveJobState: async (job, options) => {
      const row = rows.byId(String(job._id));
      if (row === undefined || row.name !== job.name) throw new Error(`job ${job.name} is gone`);
      put(row.id, {
        ...jobOf(row),
        ...Object.fromEntries(STATE.map((field) => [field, job[field]])),
        nextRunAt: job.nextRunAt,
        ...(options?.lastModifiedBy !== undefined && { lastModifiedBy: options.lastModifiedBy }),
      });
    },
    lockJob: async (job) => locked(lock.get(Date.now(), String(job._id), job.name, job.nextRunAt?.getTime() ?? null)),
    unlockJob: async ({ _id }) => void unlockWaiting.run(String(_id)),
    unlockJobs: async (ids) => {
      for (const id of ids) unlock.run(String(id));
    },
    getNextJobToRun: async (name, nextScanAt, lockDeadline, now = new Date()) => {
      const [scan, deadline] = [nextScanAt.getTime(), lockDeadline.getTime()];
      // Looked at first: most scans find nothing, and an UPDATE takes the file's lock even then.
      if (waiting.get(name, scan, deadline) === undefined) return undefined;
      return locked(next.get(now.getTime(), name, scan, deadline));
    },
    disableJobs: async (options) => setDisabled(options, true),
    enableJobs: async (options) => setDisabled(options, false),
  };
};

const withStateOf = (stored: JobParameters, given: JobParameters): JobParameters => ({
  ...given,
  ...Object.fromEntries(STATE.map((field) => [field, stored[field]])),
});

const overviewOf = (jobs: readonly JobParameters[]): JobsOverview[] => {
  const now = new Date();
  const overviews = new Map<string, JobsOverview>();
  const empty = { total: 0, running: 0, scheduled: 0, queued: 0, completed: 0, failed: 0, repeating: 0, paused: 0 };
  for (const job of jobs) {
    const overview = overviews.get(job.name) ?? { name: job.name, ...empty };
    overview.total++;
    overview[computeJobState(job, now)]++;
    if (job.disabled === true) overview.paused++;
    overviews.set(job.name, overview);
  }
  return [...overviews.values()];
};
