/** The lane `digest:{subscription}`: what was collected goes out at its times (PROTOCOL 8, ASYNC "Notify"). */

import type { Clock } from '../clock.ts';
import { readFrequency } from '../registry/frequency.ts';
import type { NumberEvents } from '../registry/notify.ts';
import { EVENTS, SUBSCRIPTIONS, type Subscription } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';
import type { LaneHandler } from './jobs.ts';

export interface DigestOptions {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly numberEvents: NumberEvents;
  /** Of cron expressions. */
  readonly timezone: string;
}

const TIMEOUT_MS = 10_000;
/** A page of the feed that was begun before the end is written by then. */
const LATE_MS = 60_000;
const DONE = { more: false, nextDueInMs: undefined };

/** One time that is due: numbers first, then moves on, so that a crash in between leaves nothing out. */
export const createDigest = ({ documents, clock, numberEvents, timezone }: DigestOptions): LaneHandler => {
  return async ({ of: code, held }) => {
    const subscription = await documents.get(SUBSCRIPTIONS, code);
    if (subscription?.live !== true || subscription.nextSlot === undefined) return DONE;
    const { nextSlot, endAt, frequency } = subscription;
    const now = clock();
    if (nextSlot > now) return { more: false, nextDueInMs: nextSlot - now };
    if (!(await held.mayStart(TIMEOUT_MS))) return { more: true, nextDueInMs: undefined };
    const follows = await mayFollow(subscription, now, documents); // before: what is decided meanwhile waits below
    // What comes while it is being sent is of the next time.
    const [last] = await documents.find(EVENTS, { index: 'bySubscription', equals: [code, 'waiting'], order: 'desc', limit: 1 }); // biome-ignore format: one look
    if (last !== undefined) await numberEvents(code, 'many', last.position);
    const next = readFrequency(frequency ?? '', timezone)?.nextAfter(Math.max(now, nextSlot));
    const moved = next !== undefined && next <= endAt ? next : follows ? endAt : undefined;
    if (moved === nextSlot) return { more: false, nextDueInMs: LATE_MS };
    if (!(await documents.replace(SUBSCRIPTIONS, { ...subscription, nextSlot: moved, changedAt: now }))) {
      return { more: true, nextDueInMs: undefined }; // it was changed meanwhile: look again
    }
    return moved === undefined ? DONE : { more: false, nextDueInMs: Math.max(0, moved - clock()) };
  };
};

/** Whether there may yet be something to tell behind the last of its times: what happened before its end is told at its end. */
const mayFollow = async ({ _id, endAt }: Subscription, now: number, documents: Documents): Promise<boolean> => {
  if (now < endAt + LATE_MS) return true;
  for (const state of ['undecided', 'decided'] as const) {
    const [event] = await documents.find(EVENTS, { index: 'bySubscription', equals: [_id, state], limit: 1 });
    if (event !== undefined) return true;
  }
  return false;
};
