/**
 * Finds work whose lane was not woken, because the process ended between the two writes (ASYNC: "sweep"). Lanes whose
 * owner ended are due by themselves once their lease is over.
 */

import type { Clock } from '../clock.ts';
import { OUTBOX, TRANSACTIONS } from '../store/async-documents.ts';
import type { Documents, Lanes, Range } from '../store/documents.ts';
import type { Sweeper } from './jobs.ts';

export interface SweepOptions {
  readonly documents: Documents;
  readonly lanes: Lanes;
  readonly clock: Clock;
  /** What is younger may still be on its way. */
  readonly graceMs?: number;
}

interface Waiting {
  readonly lane?: string;
  readonly changedAt: number;
  readonly dueAt?: number;
}

type FindByState = (range: Pick<Range, 'from' | 'above' | 'upTo' | 'order' | 'limit'>) => Promise<readonly Waiting[]>;

const GRACE_MS = 5_000;
/** The oldest and newest of a long backlog at once; the rest in turn, a page each time. */
const PAGE = 500;
const NEWEST = 100;

export const createSweepers = (options: SweepOptions): readonly Sweeper[] => {
  const { documents } = options;
  /** Due at once, also what waited for an upstream until its answer came: until when it would have waited is over. */
  const accepted: FindByState = async (range) => {
    const found = await documents.find(TRANSACTIONS, { index: 'byState', equals: ['accepted'], ...range });
    return found.map(({ lane, changedAt }) => ({ lane, changedAt }));
  };
  const pending: FindByState = (range) => documents.find(OUTBOX, { index: 'byState', equals: ['pending'], ...range });
  const waiting: FindByState = (range) =>
    documents.find(TRANSACTIONS, { index: 'byState', equals: ['waiting'], ...range });
  return [sweeperOf(accepted, options), sweeperOf(waiting, options), sweeperOf(pending, options)];
};

const sweeperOf = (find: FindByState, { lanes, clock, graceMs = GRACE_MS }: SweepOptions): Sweeper => {
  let reached: Pick<Range, 'from' | 'above'> = {};
  return async () => {
    const now = clock();
    const upTo = now - graceMs;
    const page = await find({ ...reached, upTo, limit: PAGE });
    reached = page.length < PAGE ? {} : after(page);
    const newest = page.length < PAGE ? [] : await find({ upTo, order: 'desc', limit: NEWEST });
    const due = [...page, ...newest].filter(({ dueAt = 0 }) => dueAt <= now);
    for (const lane of new Set(due.map((each) => each.lane))) if (lane !== undefined) await lanes.wake(lane, 0);
  };
};

/** Several may have changed in one millisecond: those are read again, unless they fill a page. */
const after = (page: readonly Waiting[]): Pick<Range, 'from' | 'above'> => {
  const first = page[0]?.changedAt;
  const last = page.at(-1)?.changedAt;
  if (last === undefined) return {};
  return first === last ? { above: last } : { from: last };
};
