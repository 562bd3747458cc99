/** What a subscription that ended still had to say is not said. */

import { EVENTS, type Event, OUTBOX, type OutboxEntry } from '../store/async-documents.ts';
import { type Documents, replaceOf } from '../store/documents.ts';
import { dropMessage, withoutMessage } from './outbox.ts';

const PAGE = 200;
/** In the order in which an event moves: one that moves meanwhile is met in the next state. */
export const UNTOLD = ['undecided', 'decided', 'waiting'] as const;

/** Whoever delivers looks whether the subscription lives as well; this frees what lies there. */
export const cancelPending = async (documents: Documents, subscription: string, now: number): Promise<void> => {
  for (;;) {
    const entries = await documents.find(OUTBOX, { index: 'byTurn', equals: [subscription, true], limit: PAGE });
    for (const entry of entries) await documents.apply([replaceOf(OUTBOX, cancelled(entry, now)), ...dropMessage(entry)]); // biome-ignore format: one look
    const events = await dropEvents(documents, subscription);
    if (entries.length < PAGE && !events) return;
  }
};

/** A page of each state. @returns whether there may be more */
const dropEvents = async (documents: Documents, subscription: string): Promise<boolean> => {
  let more = false;
  for (const state of UNTOLD) {
    const events = await documents.find(EVENTS, { index: 'bySubscription', equals: [subscription, state], limit: PAGE }); // biome-ignore format: one look
    for (const event of events) await documents.replace(EVENTS, droppedEvent(event));
    more ||= events.length === PAGE;
  }
  return more;
};

const cancelled = (entry: OutboxEntry, now: number): OutboxEntry => ({
  ...withoutMessage(entry),
  state: 'cancelled',
  open: undefined,
  changedAt: now,
});

export const droppedEvent = (event: Event): Event => ({
  ...event,
  state: 'dropped',
  ...{ urgent: undefined, body: undefined, persons: undefined, about: undefined },
  ...{ record: undefined, key: undefined, onlyLeft: undefined, identifiers: undefined },
});
