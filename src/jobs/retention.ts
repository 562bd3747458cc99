/** Deletes by age (PROTOCOL 4, 8, 11): what was delivered, what was told, what was remembered. */

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { UNTOLD } from '../registry/cancel-pending.ts';
import {
  ATTEMPTS,
  AUDIT,
  CHUNKS,
  EVENTS,
  MEMORY,
  OUTBOX,
  PUSHED,
  QUARANTINE,
  RECEIPTS,
  RECEIVED,
  REFERENCES,
  RELAYED,
  RELAYED_PARTS,
  SENT,
  SUBSCRIPTIONS,
  TRANSACTIONS,
} from '../store/async-documents.ts';
import {
  type Collection,
  type Documents,
  type IndexValue,
  type Lanes,
  removeOf,
  type Stored,
} from '../store/documents.ts';
import { retainOutbox } from './retain-outbox.ts';

export interface RetentionOptions {
  readonly documents: Documents;
  readonly lanes: Pick<Lanes, 'forgetIdle'>;
  readonly clock: Clock;
  readonly log: Log;
  /** How long things are kept. */
  readonly retentionMs: number;
  /** How long it is remembered what a live subscription was sent, so that a deletion can be told. */
  readonly sentMs?: number;
  /** What was deleted is to be gone from the files as well. */
  readonly tidy: () => Promise<void>;
}

const YEAR_MS = 365 * 86_400_000;
const PAGE = 500;

/** One run; two at once do no harm. */
export const createRetention = (options: RetentionOptions): (() => Promise<void>) => {
  const { documents, lanes, clock, log, retentionMs, sentMs = YEAR_MS, tidy } = options;
  return async () => {
    const now = clock();
    const limit = now - retentionMs;
    let removed = await retainOutbox({ documents, log, now, limit });
    const over = async <D extends Stored, I extends string>(
      collection: Collection<D, I>,
      index: I,
      equals: readonly IndexValue[] = [],
      upTo = limit,
    ): Promise<void> => {
      removed += await removeUpTo(documents, collection, index, equals, upTo);
    };
    removed += await removeAnswered(documents, limit);
    await over(REFERENCES, 'byAge');
    await over(RELAYED, 'byAge');
    await over(RELAYED_PARTS, 'byAge');
    await over(CHUNKS, 'byAge');
    await over(MEMORY, 'byUntil', [], now);
    await over(ATTEMPTS, 'byAge');
    await over(RECEIVED, 'byAge');
    await over(RECEIPTS, 'byAge');
    await over(AUDIT, 'byAge');
    await over(EVENTS, 'byState', ['numbered']);
    await over(EVENTS, 'byState', ['dropped']);
    const before = removed;
    await over(EVENTS, 'byState', ['undecided']);
    if (removed > before) log.warn('changes expired before consent was decided', { events: removed - before });
    const told = removed;
    await over(QUARANTINE, 'byAge');
    if (removed > told) log.warn('rows expired in quarantine: their changes were never told', { rows: removed - told });
    const read = removed;
    await over(PUSHED, 'byAge'); // of a registry that is gone, or was never reached since
    if (removed > read) log.warn('pushed keys expired: their changes were never told', { rows: removed - read });
    await over(SENT, 'byAge', [], now - sentMs);
    removed += await removeEnded(documents, limit);
    await lanes.forgetIdle(); // of subscriptions that are gone there are ever more
    await tidy();
    log.info('retention done', { removed });
  };
};

const removeUpTo = async <D extends Stored, I extends string>(
  documents: Documents,
  collection: Collection<D, I>,
  index: I,
  equals: readonly IndexValue[],
  upTo: number,
): Promise<number> => {
  let removed = 0;
  for (;;) {
    const page = await documents.find(collection, { index, equals, upTo, limit: PAGE });
    await documents.apply(page.map(({ _id }) => removeOf(collection, _id)));
    removed += page.length;
    if (page.length < PAGE) return removed;
  }
};

/**
 * Requests that are done. One whose answer is still kept stays with it: the same request again would bear its id, and be
 * answered by what lies there.
 */
const removeAnswered = async (documents: Documents, limit: number): Promise<number> => {
  let removed = 0;
  let above = -1;
  for (;;) {
    const range = { above, upTo: limit, limit: PAGE };
    const page = await documents.find(TRANSACTIONS, { index: 'byState', equals: ['done'], ...range });
    const answers = await Promise.all(
      page.map(({ _id }) => documents.count(OUTBOX, { index: 'byTransaction', equals: [_id] })),
    );
    const over = page.filter((_, index) => answers[index] === 0);
    await documents.apply(over.map(({ _id }) => removeOf(TRANSACTIONS, _id)));
    removed += over.length;
    const last = page.at(-1)?.changedAt;
    if (last === undefined || page.length < PAGE) return removed;
    above = page[0]?.changedAt === last ? last : last - 1; // those of the last moment may go on in the next page
  }
};

/** Subscriptions that ended, with what was remembered for them and what they never told. */
const removeEnded = async (documents: Documents, limit: number): Promise<number> => {
  const ended = await documents.find(SUBSCRIPTIONS, { index: 'byEnd', equals: [false], limit: 100_000 });
  let removed = 0;
  for (const { _id, changedAt } of ended) {
    removed += await removeUpTo(documents, SENT, 'bySubscription', [_id], Number.MAX_SAFE_INTEGER);
    if (changedAt > limit) continue;
    for (const state of UNTOLD)
      removed += await removeUpTo(documents, EVENTS, 'bySubscription', [_id, state], Number.MAX_SAFE_INTEGER);
    await documents.remove(SUBSCRIPTIONS, _id);
    removed += 1;
  }
  return removed;
};
