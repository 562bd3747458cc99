/**
 * Agenda at the gateway's work: it wakes lanes on a timetable and carries nothing (ASYNC "Agenda wakes"). Every replica
 * scans the same few jobs; one of them locks each, and whatever two of them do at once is decided by the lanes' leases.
 */

import { Agenda, InMemoryNotificationChannel, type Job, type JobId } from 'agenda';
import type { Log } from '../../log.ts';
import { guardBackend } from './guarded-backend.ts';
import type { JobTable } from './job-table.ts';
import {
  type JobName,
  LONGEST_WAKE_MS,
  type TimetableJob,
  type TimetableWork,
  timetableJobs,
} from './timetable-jobs.ts';

export interface TimetableOptions extends TimetableWork {
  readonly table: JobTable;
  /** This process: recorded with what it changes. */
  readonly owner: string;
  readonly log: Log;
  readonly processEveryMs?: number;
  /** How often jobs are looked for that were put off beyond their own period. */
  readonly lookEveryMs?: number;
}

export interface Timetable {
  /** Starts nothing new; resolves when what runs has ended, or after this time. */
  close(withinMs: number): Promise<void>;
}

const PROCESS_EVERY_MS = 200;
const LOOK_EVERY_MS = 5_000;
/** While the store is away every scan fails: one line in this time says so, and how many were left out. */
const TELL_EVERY_MS = 10_000;
/** A job whose process died is taken over after this time; one that takes longer says so meanwhile. */
const LOCK_LIFETIME_MS = 2_000;
const TOUCH_EVERY_MS = 500;

/** Rejects when the store does not answer: nothing runs then. */
export const startTimetable = async (options: TimetableOptions): Promise<Timetable> => {
  const { table, owner, log, jobs, processEveryMs = PROCESS_EVERY_MS, lookEveryMs = LOOK_EVERY_MS } = options;
  const onError = quietly(log);
  const guard = guardBackend(table.backend, onError);
  const work = timetableJobs(options);
  const names = Object.keys(work) as JobName[];
  const channel = new InMemoryNotificationChannel();
  const agenda = new Agenda({
    name: owner,
    backend: guard.backend,
    notificationChannel: channel,
    processEvery: processEveryMs,
    lockLimit: names.length,
    defaultLockLimit: 1,
    defaultLockLifetime: LOCK_LIFETIME_MS,
    defaultConcurrency: 1,
    maxConcurrency: names.length,
  });
  agenda.on('error', onError);
  agenda.on('fail', onError);

  /** When a lane that was given back meanwhile is due, before `wake` would come by itself. */
  let soonest = Number.POSITIVE_INFINITY;
  /** Lanes that end later are found by the next process: the table is no longer ours. */
  let closed = false;
  const ids = new Map<JobName, JobId>();
  const runJob = async (name: JobName, { run, afterFailureMs }: TimetableJob, job: Job): Promise<void> => {
    if (name === 'wake') soonest = Number.POSITIVE_INFINITY;
    job.attrs.nextRunAt = new Date(Date.now() + afterFailureMs); // Agenda stores it when the job has ended, however it ends
    const touching = setInterval(() => void job.touch().catch(onError), TOUCH_EVERY_MS);
    try {
      const again = Date.now() + (await run(job.attrs.lastFinishedAt ?? undefined));
      job.attrs.nextRunAt = new Date(name === 'wake' ? Math.min(again, soonest) : again);
    } finally {
      clearInterval(touching);
    }
  };
  for (const name of names) agenda.define(name, (job: Job) => runJob(name, work[name], job));

  const comeEarlier = async (at: Date): Promise<void> => {
    await table.bringForward('wake', at);
    const jobId = ids.get('wake');
    if (jobId === undefined || channel.state !== 'connected') return;
    await channel.publish({ jobId, jobName: 'wake', nextRunAt: at, priority: 0, timestamp: new Date() });
  };
  jobs.onLater((inMs) => {
    const at = Date.now() + inMs;
    if (closed || inMs >= LONGEST_WAKE_MS || (soonest > Date.now() && at >= soonest)) return;
    soonest = at;
    comeEarlier(new Date(at)).catch(onError);
  });

  for (const name of names) {
    const job = agenda.create(name, { only: name }).unique({ 'data.only': name }, { insertOnly: true });
    await job.save();
    if (job.attrs._id !== undefined) ids.set(name, job.attrs._id);
    await table.bringForward(name, new Date()); // what came due while nobody ran
  }
  await agenda.start();

  /** By a clock that was put back since, or that of another replica which is ahead and gone. */
  const bringBack = async (): Promise<void> => {
    for (const name of names) if (!closed) await table.bringForward(name, new Date(Date.now() + work[name].longestMs));
  };
  let looking: Promise<void> | undefined;
  const look = setInterval(() => {
    looking ??= bringBack()
      .catch(onError)
      .finally(() => {
        looking = undefined;
      });
  }, lookEveryMs);
  return {
    close: async (withinMs) => {
      closed = true;
      clearInterval(look);
      await looking;
      guard.stopLocking();
      await agenda.drain({ timeout: withinMs, closeConnection: false });
      await guard.settle();
    },
  };
};

const quietly = (log: Log): ((cause: unknown) => void) => {
  let silentUntil = 0;
  let untold = 0;
  return (cause) => {
    untold++;
    if (performance.now() < silentUntil) return;
    log.warn('timetable failed', { cause, ...(untold > 1 && { failures: untold }) });
    silentUntil = performance.now() + TELL_EVERY_MS;
    untold = 0;
  };
};
