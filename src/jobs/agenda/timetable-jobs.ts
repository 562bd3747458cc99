/** The fixed handful of jobs, and when each comes again. */

import type { Jobs } from '../jobs.ts';

export type JobName = 'wake' | 'sweep' | 'poll' | 'retention';

/** A change feed that is asked for news by itself, not by its lane. */
export interface Poll {
  /** `feed:social` */
  readonly lane: string;
  readonly everyMs: number;
}

export interface TimetableWork {
  readonly jobs: Jobs;
  /** Wakes a lane in the store, before it is started here. */
  readonly wakeLane: (lane: string) => Promise<void>;
  readonly polls: readonly Poll[];
  /** Deletes by age. */
  readonly retain: () => Promise<void>;
  readonly sweepEveryMs: number;
  readonly retainEveryMs: number;
}

export interface TimetableJob {
  /** Runs it. @returns milliseconds until it comes again */
  run(last: Date | undefined): Promise<number>;
  /** When it comes again after a failure. */
  readonly afterFailureMs: number;
  /** It comes at least this often. */
  readonly longestMs: number;
}

/** `wake` comes at least this often: a lane may have been woken by a process that died right after. */
export const LONGEST_WAKE_MS = 1_000;
const SHORTEST_WAKE_MS = 20;

export const timetableJobs = (work: TimetableWork): Readonly<Record<JobName, TimetableJob>> => {
  const { jobs, wakeLane, polls, retain, sweepEveryMs, retainEveryMs } = work;
  const shortestPollMs = Math.min(...polls.map(({ everyMs }) => everyMs), 3_600_000);
  return {
    wake: {
      run: async () => Math.max(SHORTEST_WAKE_MS, Math.min((await jobs.wakeDue()) ?? LONGEST_WAKE_MS, LONGEST_WAKE_MS)),
      afterFailureMs: LONGEST_WAKE_MS,
      longestMs: LONGEST_WAKE_MS,
    },
    sweep: {
      run: async () => {
        await jobs.sweep();
        return sweepEveryMs;
      },
      afterFailureMs: sweepEveryMs,
      longestMs: sweepEveryMs,
    },
    poll: {
      run: async (last) => {
        const now = Date.now();
        for (const { lane, everyMs } of polls) {
          if (slotOf(now, everyMs) === slotOf(last?.getTime() ?? 0, everyMs)) continue;
          await wakeLane(lane);
          jobs.wake(lane);
        }
        return Math.min(...polls.map(({ everyMs }) => everyMs - (now % everyMs)), 3_600_000);
      },
      afterFailureMs: shortestPollMs,
      longestMs: shortestPollMs,
    },
    retention: {
      run: async () => {
        await retain();
        return retainEveryMs;
      },
      afterFailureMs: 60_000,
      longestMs: retainEveryMs,
    },
  };
};

/** Each feed is asked once in each slot of its own length, whichever process does it. */
const slotOf = (at: number, lengthMs: number): number => Math.floor(at / lengthMs);
