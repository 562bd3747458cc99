/** How many messages wait, are held or could not be delivered, for the operator's metrics. */

import { OUTBOX, type OutboxState } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';

/** What somebody may have to look after; `held` counts as well what has no address and waits to be read by status. */
const WATCHED = ['pending', 'retry', 'held', 'dead'] as const satisfies readonly OutboxState[];

/** By state, each of the watched ones. Rejects with StoreError. */
export type MessageStates = () => Promise<ReadonlyMap<OutboxState, number>>;

export const createMessageStates =
  (documents: Documents): MessageStates =>
  async () => {
    const states = new Map<OutboxState, number>();
    for (const state of WATCHED)
      states.set(state, await documents.count(OUTBOX, { index: 'byState', equals: [state] }));
    return states;
  };
