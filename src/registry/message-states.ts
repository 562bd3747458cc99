/** How many messages wait, are held or could not be delivered, for the operator's metrics. */

import { OUTBOX, type OutboxState, SUBSCRIPTIONS } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';

/** What somebody may have to look after. */
const WATCHED = ['pending', 'retry', 'held', 'dead'] as const satisfies readonly OutboxState[];

/** `unaddressed`: held as well, but only until it is read by status. */
export type WatchedState = (typeof WATCHED)[number] | 'unaddressed';

/** By state, each of the watched ones. Rejects with StoreError. */
export type MessageStates = () => Promise<ReadonlyMap<WatchedState, number>>;

export const createMessageStates =
  (documents: Documents): MessageStates =>
  async () => {
    const states = new Map<WatchedState, number>();
    for (const state of WATCHED)
      states.set(state, await documents.count(OUTBOX, { index: 'byState', equals: [state] }));
    const unaddressed = await documents.count(OUTBOX, { index: 'byUnaddressed', equals: [true, 'held'] });
    states.set('unaddressed', unaddressed);
    states.set('held', Math.max(0, (states.get('held') ?? 0) - unaddressed)); // counted one after the other
    return states;
  };

/** Live subscriptions whose messages are kept back. Rejects with StoreError. */
export type CountPaused = () => Promise<number>;

export const createCountPaused =
  (documents: Documents): CountPaused =>
  () =>
    documents.count(SUBSCRIPTIONS, { index: 'byPaused', equals: [true, true] });
