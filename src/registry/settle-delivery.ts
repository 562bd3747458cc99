/** What becomes of a message after an attempt (ASYNC, "Deliver" 6 and 7): one compare-and-set, and the history of earlier ones. */

import type { Clock } from '../clock.ts';
import type { DeliveriesConfig } from '../config/config.ts';
import type { Log } from '../log.ts';
import { ATTEMPTS, OUTBOX, type OutboxEntry, SUBSCRIPTIONS } from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import { type Documents, insertIfAbsentOf, replaceOf, type Write } from '../store/documents.ts';
import type { AttemptOutcome } from './attempt-delivery.ts';
import { nextTry } from './delivery-schedule.ts';
import type { Verdict } from './judge-answer.ts';
import { type NextInTurn, nextInTurn } from './next-in-turn.ts';
import { dropEncrypted, dropMessage, withoutMessage } from './outbox.ts';

export interface SettleOptions {
  readonly documents: Documents;
  readonly config: DeliveriesConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/**
 * @param entry as it was read before the attempt
 * @param ms that the attempt took
 * @returns the next message of the subscription, where this one is over and that one may be sent now
 */
export type SettleDelivery = (
  entry: OutboxEntry,
  outcome: AttemptOutcome,
  ms: number,
) => Promise<OutboxEntry | undefined>;

const NOBODY: NextInTurn = { next: undefined, due: undefined };

/** A message of a paused subscription is looked at again then, should its resumption have been lost. */
const PAUSED_MS = 6 * 3_600_000;
/** No attempt was made: a fault of ours, which is no reason to give up. */
const FAULT_MS = 60_000;

export const createSettle = (options: SettleOptions): SettleDelivery => {
  const { documents, clock, log } = options;

  /** @returns whether the entry was changed, and its successor as it then is: only after it is over may that one be sent */
  const write = async (
    changed: OutboxEntry,
    others: readonly Write[],
  ): Promise<{ readonly done: boolean; readonly next: OutboxEntry | undefined }> => {
    for (;;) {
      const { next, due } = changed.open === true ? NOBODY : await nextInTurn(documents, changed, clock());
      const before = due === undefined ? [] : [replaceOf(OUTBOX, due)];
      const outcomes = await documents.apply([...before, replaceOf(OUTBOX, changed), ...others]);
      if (due !== undefined && outcomes[0] !== 'done') continue; // it was changed meanwhile: read it again
      if (outcomes[before.length] !== 'done') return { done: false, next: undefined };
      return { done: true, next: due === undefined ? next : { ...due, version: due.version + 1 } };
    }
  };

  const settleTried = async (entry: OutboxEntry, verdict: Verdict, ms: number): Promise<OutboxEntry | undefined> => {
    const now = clock();
    const tried = countedOf(entry, verdict, { at: now, ms });
    if (verdict.result === 'delivered') return deliver(tried, entry);
    const earlier = historyOf(entry);
    const next = nextTry(entry, verdict, options.config, { now, random: options.random() });
    log.warn('message not delivered', {
      delivery: entry._id,
      partner: entry.partner,
      kind: entry.kind,
      attempt: tried.attempts,
      status: verdict.status,
      problem: verdict.problem,
      next: next.state,
    });
    if (next.state === 'retry') {
      await write({ ...tried, state: 'retry', dueAt: now + next.inMs }, earlier);
      return undefined;
    }
    if (next.state === 'pause') {
      if (!(await pause(entry))) return undefined;
      await write({ ...tried, state: 'retry', dueAt: now + PAUSED_MS }, earlier);
      return undefined;
    }
    return (await write(closedOf(tried, 'dead'), earlier)).next;
  };

  /** Delivered beats every other state: the receiver has it, whatever another worker thinks. */
  const deliver = async (tried: Tried, before: OutboxEntry): Promise<OutboxEntry | undefined> => {
    let entry: OutboxEntry = tried;
    let stored: OutboxEntry | undefined = before;
    for (;;) {
      const { done, next } = await write(deliveredOf(entry), [...historyOf(stored), ...dropsOf(stored)]);
      if (done) return next;
      stored = await documents.get(OUTBOX, entry._id);
      if (stored === undefined || stored.state === 'delivered') return undefined;
      const { lastResult, lastAttempt, attempts } = tried;
      entry = { ...stored, ...{ lastResult, lastAttempt }, attempts: Math.max(stored.attempts, attempts) };
    }
  };

  const pause = async ({ sub = '', partner }: OutboxEntry): Promise<boolean> => {
    const subscription = await documents.get(SUBSCRIPTIONS, sub);
    if (subscription === undefined) return false;
    if (subscription.paused === true) return true;
    const paused = await documents.replace(SUBSCRIPTIONS, { ...subscription, paused: true, changedAt: clock() });
    if (paused) log.error('subscription paused: its endpoint fails for days', { partner, subscription: sub });
    return paused;
  };

  return async (read, outcome, ms) => {
    const entry = outcome.kind === 'tried' ? outcome.entry : read;
    const at = clock();
    switch (outcome.kind) {
      case 'tried':
        return settleTried(entry, outcome.verdict, ms);
      case 'changed':
        return undefined;
      case 'wait':
      case 'fault':
        await write({ ...entry, dueAt: at + (outcome.kind === 'wait' ? PAUSED_MS : FAULT_MS), changedAt: at }, []);
        return undefined;
      case 'hold':
      case 'cancel': {
        log.warn('message not sent', { delivery: entry._id, partner: entry.partner, problem: outcome.problem });
        const stopped = { ...entry, lastResult: outcome.problem, changedAt: at };
        if (outcome.kind === 'hold') return (await write(closedOf(stopped, 'held'), [])).next;
        return (await write(withoutMessage(closedOf(stopped, 'cancelled')), dropMessage(entry))).next;
      }
    }
  };
};

/** The attempt that the entry holds, before another takes its place. */
const historyOf = ({ _id, partner, lastAttempt }: OutboxEntry): readonly Write[] =>
  lastAttempt === undefined
    ? []
    : [insertIfAbsentOf(ATTEMPTS, { _id: K(_id, lastAttempt.n), version: 1, delivery: _id, partner, ...lastAttempt })];

type Tried = OutboxEntry & Required<Pick<OutboxEntry, 'lastResult' | 'lastAttempt'>>;

const countedOf = (
  entry: OutboxEntry,
  verdict: Verdict,
  { at, ms }: { readonly at: number; readonly ms: number },
): Tried => {
  const { result, status, problem } = verdict;
  const first = entry.attempts === (entry.scheduleFrom ?? 0);
  const n = entry.attempts + 1;
  return {
    ...entry,
    attempts: n,
    ...(verdict.refused === true && { refusals: (entry.refusals ?? 0) + 1 }),
    ...(first && { firstDueAt: at }), // it waited its turn until now
    lastResult: [status, problem].filter((each) => each !== undefined).join(' '),
    lastAttempt: {
      ...{ n, at, ms: Math.round(ms), result },
      ...(status !== undefined && { status }),
      ...(problem !== undefined && { problem }),
    },
    changedAt: at,
  };
};

/** Over for now: the next number of the subscription has its turn. */
const closedOf = ({ open: _, ...entry }: OutboxEntry, state: OutboxEntry['state']): OutboxEntry => ({
  ...entry,
  state,
});

/** No lane has work with it any more: the index of what is due holds only what may be due. */
const deliveredOf = ({ lane: _, ...entry }: OutboxEntry): OutboxEntry => {
  const closed = closedOf(entry, 'delivered');
  if (entry.kept !== true) return withoutMessage(closed);
  const { encrypted: __, ...rest } = closed;
  return rest;
};

/** What `deliveredOf` no longer names. */
const dropsOf = (entry: OutboxEntry): readonly Write[] =>
  entry.kept === true ? dropEncrypted(entry) : dropMessage(entry);
