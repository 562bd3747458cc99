/** Whose turn it is after a message of a subscription that is about to be over. */

import { OUTBOX, type OutboxEntry } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';

export interface NextInTurn {
  /** The lowest open number beside this one. */
  readonly next: OutboxEntry | undefined;
  /** The same, due now, where it was put off: to be written before this one is over, so that no crash leaves it waiting. */
  readonly due: OutboxEntry | undefined;
}

export const nextInTurn = async (
  documents: Documents,
  { _id, sub }: Pick<OutboxEntry, '_id' | 'sub'>,
  now: number,
): Promise<NextInTurn> => {
  if (sub === undefined) return { next: undefined, due: undefined };
  const open = await documents.find(OUTBOX, { index: 'byTurn', equals: [sub, true], limit: 2 });
  const next = open.find((each) => each._id !== _id);
  const waits = next !== undefined && next.attempts === 0 && next.dueAt > now;
  return { next, due: waits ? { ...next, dueAt: now } : undefined };
};
