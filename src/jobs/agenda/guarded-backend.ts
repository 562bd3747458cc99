/**
 * Between Agenda and a job table: Agenda connects in its constructor and unlocks without waiting, and both would end the
 * process when the store does not answer (agenda 6.2.6); and it gives back no lock that it took while it was stopping; and
 * a job whose lock is older than its life when it reaches Agenda is dropped but counted as locked for ever, so that with a
 * lock limit it never runs here again: a store that answers late once would end the timetable.
 */

import type { AgendaBackend, JobId, JobRepository } from 'agenda';

export interface GuardedBackend {
  /** Its connection is open already. */
  readonly backend: AgendaBackend;
  /** No job is locked any more. */
  stopLocking(): void;
  /** Gives back what was locked and never ran; resolves when no call is under way. */
  settle(): Promise<void>;
}

/** Stands for the time of a lock until its job runs, so that Agenda takes no lock for too old. It is never stored. */
const NOT_YET_RUNNING = new Date(8.64e15);

/** @param onError told of failures that nobody waits for */
export const guardBackend = (inner: AgendaBackend, onError: (cause: unknown) => void): GuardedBackend => {
  const { repository } = inner;
  const held = new Set<JobId>();
  const running = new Set<Promise<unknown>>();
  let stopping = false;

  const tracked = <T>(call: Promise<T>): Promise<T> => {
    running.add(call);
    const forget = (): void => void running.delete(call);
    call.then(forget, forget);
    return call;
  };

  /** A store that does not answer is asked once at a time: Agenda scans on, whether the last scan is back or not. */
  const asking = new Set<string>();

  const guarded: Partial<JobRepository> = {
    getNextJobToRun: async (name, ...args) => {
      if (stopping || asking.has(name)) return undefined;
      asking.add(name);
      try {
        const job = await tracked(repository.getNextJobToRun(name, ...args));
        if (job === undefined) return undefined;
        if (job._id !== undefined) held.add(job._id);
        return { ...job, lockedAt: NOT_YET_RUNNING };
      } finally {
        asking.delete(name);
      }
    },
    saveJobState: async (job, options) => {
      const starts = job.lockedAt?.getTime() === NOT_YET_RUNNING.getTime();
      await tracked(repository.saveJobState(starts ? { ...job, lockedAt: new Date() } : job, options));
      if (job._id !== undefined) held.delete(job._id); // it runs, or it ran
    },
    unlockJob: async (job) => {
      await tracked(repository.unlockJob(job)).catch(onError);
      if (job._id !== undefined) held.delete(job._id);
    },
  };
  const done = async (): Promise<void> => undefined;
  return {
    backend: {
      name: inner.name,
      repository: Object.assign(Object.create(repository) as JobRepository, guarded),
      ownsConnection: false,
      connect: done,
      disconnect: done,
    },
    stopLocking: () => {
      stopping = true;
    },
    settle: async () => {
      while (running.size > 0) await Promise.allSettled(running);
      if (held.size > 0) await repository.unlockJobs([...held]);
    },
  };
};
