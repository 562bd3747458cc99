/** How often an accepted request is started, and when: after failures, and when its registry limits how often it is asked. */

import type { GatewayError } from '../errors.ts';
import { limitedMs } from '../registry/problem-of.ts';
import { TRANSACTIONS, type Transaction } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';

export const MOST_STARTS = 5;
/** Before the second, third, … start of one that failed and may yet succeed. */
export const PAUSES_MS = [2_000, 5_000, 15_000, 30_000];

const LIMITED = 'backend.limited';

/** In milliseconds. One without a problem was left by a worker that ended: it goes on at once. */
export const waitOf = (
  {
    problem,
    starts,
    changedAt,
    limitedUntil = 0,
  }: Pick<Transaction, 'problem' | 'starts' | 'changedAt' | 'limitedUntil'>,
  now: number,
): number => {
  if (problem === undefined) return 0;
  const until = problem === LIMITED ? limitedUntil : changedAt + (PAUSES_MS[Math.max(0, starts - 1)] ?? 0);
  return Math.max(0, until - now);
};

/** `over`: it waited as long as it may. */
export type Limited<T extends Transaction> = { readonly next: T; readonly inMs: number } | 'over';

/**
 * What becomes of a start that failed because its registry limits how often it is asked: it waits, and the start does not
 * count. Undefined: it failed by something else.
 *
 * @param lifetimeMs how long a request may wait since it was accepted
 */
export const limitedStart = <T extends Transaction>(
  transaction: T,
  problem: GatewayError,
  { now, lifetimeMs }: { readonly now: number; readonly lifetimeMs: number },
): Limited<T> | undefined => {
  const ms = limitedMs(problem);
  if (ms === undefined) return undefined;
  const end = transaction.acceptedAt + lifetimeMs;
  if (now >= end) return 'over';
  const limitedUntil = Math.min(now + ms, end);
  const starts = transaction.starts - 1;
  const next = { ...transaction, starts, problem: LIMITED, limitedUntil, changedAt: now };
  return { next, inMs: limitedUntil - now };
};

/** Waiting ones of a lane that are looked through for one that is due. */
const MOST_LOOKED_AT = 1_024;

/** Of a lane, the oldest first, `limit` at least: those that wait for long must not hide what goes on behind them. */
export const findRunning = async (
  documents: Documents,
  lane: string,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<readonly Transaction[]> => {
  const all = new Map<string, Transaction>();
  let last: number | undefined;
  for (;;) {
    // Of those that were accepted in the same millisecond a page may hold only some.
    const again = [...all.values()].filter(({ acceptedAt }) => acceptedAt === last).length;
    const page = await documents.find(TRANSACTIONS, {
      ...{ index: 'byLane', equals: [lane, 'running'], limit: limit + again },
      ...(last !== undefined && { above: last - 1 }),
    });
    for (const each of page) all.set(each._id, each);
    last = page.at(-1)?.acceptedAt;
    const due = page.some((each) => waitOf(each, now) === 0);
    if (due || page.length < limit + again || all.size >= MOST_LOOKED_AT) return [...all.values()];
  }
};
