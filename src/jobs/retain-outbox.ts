/**
 * Messages that are too old. What was not delivered becomes `expired`, with a warning; what is settled goes, but for the
 * highest number of a subscription that may still tell something: the next one follows from it (ASYNC "Notify" 4).
 */

import type { Log } from '../log.ts';
import { nextInTurn } from '../registry/next-in-turn.ts';
import { dropMessage, withoutMessage } from '../registry/outbox.ts';
import { mayTell } from '../registry/store-subscription.ts';
import { OUTBOX, type OutboxEntry, type OutboxState, SUBSCRIPTIONS } from '../store/async-documents.ts';
import { type Documents, removeOf, replaceOf, wakeOf } from '../store/documents.ts';

export interface OutboxRetention {
  readonly documents: Documents;
  readonly log: Log;
  readonly now: number;
  /** What was last changed, or made, before this is too old. */
  readonly limit: number;
}

const UNDELIVERED: readonly OutboxState[] = ['pending', 'retry', 'held', 'dead'];
const SETTLED: readonly OutboxState[] = ['delivered', 'cancelled', 'expired', 'staged', 'tombstone'];
const PAGE = 500;

/** @returns how many were removed */
export const retainOutbox = async (retention: OutboxRetention): Promise<number> => {
  for (const state of UNDELIVERED) await eachPage(state, retention, Number.MAX_SAFE_INTEGER, expire);
  let removed = 0;
  for (const state of SETTLED)
    await eachPage(state, retention, retention.limit, async (entry) => {
      removed += await removeOrKeep(entry, retention);
    });
  return removed;
};

const eachPage = async (
  state: OutboxState,
  retention: OutboxRetention,
  upTo: number,
  work: (entry: OutboxEntry, retention: OutboxRetention) => Promise<void>,
): Promise<void> => {
  let above = -1;
  for (;;) {
    const page = await retention.documents.find(OUTBOX, {
      index: 'byState',
      equals: [state],
      above,
      upTo,
      limit: PAGE,
    });
    for (const entry of page) await work(entry, retention);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    // Those of the last moment may go on in the next page; a page of one moment is passed over, for the next run.
    above = page[0]?.changedAt === last.changedAt ? last.changedAt : last.changedAt - 1;
  }
};

/** A retry changes an entry, so its age is that of its making. Whoever waited for it has its turn. */
const expire = async (entry: OutboxEntry, { documents, log, now, limit }: OutboxRetention): Promise<void> => {
  if (entry.createdAt > limit) return;
  const { _id, partner, kind, sub, seq, state } = entry;
  const { due } = entry.open === true ? await nextInTurn(documents, entry, now) : {};
  const before =
    due === undefined ? [] : [replaceOf(OUTBOX, due), ...(due.lane === undefined ? [] : [wakeOf(due.lane, 0)])];
  const writes = [...before, replaceOf(OUTBOX, emptied(entry, 'expired', now)), ...dropMessage(entry)];
  const outcomes = await documents.apply(writes); // where one of them was changed meanwhile, the next run looks again
  if (outcomes[before.length] === 'done')
    log.warn('message expired undelivered', { delivery: _id, partner, kind, sub, seq, state });
};

const removeOrKeep = async (entry: OutboxEntry, { documents, now }: OutboxRetention): Promise<number> => {
  const drops = dropMessage(entry);
  if (await isHighest(entry, documents)) {
    if (entry.state !== 'tombstone')
      await documents.apply([replaceOf(OUTBOX, emptied(entry, 'tombstone', now)), ...drops]);
    return 0;
  }
  await documents.apply([removeOf(OUTBOX, entry._id), ...drops]);
  return 1;
};

const isHighest = async ({ sub, seq }: OutboxEntry, documents: Documents): Promise<boolean> => {
  if (sub === undefined || seq === undefined) return false;
  if (!mayTell(await documents.get(SUBSCRIPTIONS, sub))) return false;
  const [above] = await documents.find(OUTBOX, { index: 'seq', equals: [sub], above: seq, limit: 1 });
  return above === undefined;
};

const emptied = (entry: OutboxEntry, state: OutboxState, now: number): OutboxEntry => ({
  ...withoutMessage(entry),
  state,
  open: undefined,
  changedAt: now,
});
