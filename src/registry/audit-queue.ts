/** Audit entries of answers that leave at once: in memory now, on the disk in groups (docs/decisions/audit.md). */

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { AUDIT } from '../store/async-documents.ts';
import { type Documents, insertIfAbsentOf, type Write } from '../store/documents.ts';
import { StoreError } from '../store/store.ts';
import { type AuditEntryOf, type Audited, MOST_IDENTIFIERS } from './audit.ts';

export interface AuditQueueOptions {
  readonly documents: Documents;
  readonly entryOf: AuditEntryOf;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AuditQueue {
  /**
   * @throws StoreError while entries cannot be written, or are not written in time: nothing may be told then
   */
  add(audited: Audited): void;
  /** Takes no more, and resolves when all are written; rejects with a `StoreError` when they cannot be, or are not in ten seconds. */
  close(): Promise<void>;
}

/** What a crash may lose, beside the group that is being written. */
const WRITE_AFTER_MS = 20;
/** Bound how long a transaction of the embedded store takes, and the hashes before it. */
const MOST_IN_A_GROUP = 500;
const HEAVIEST_GROUP = 5_000;
/**
 * While a group is being written at so many looks, nothing more is told. Looks, and no time: where this process is busy for a second
 * with something else, the store was not even asked.
 */
const MOST_LOOKS = 4;
const LOOK_MS = 250;
/** Bounds the memory: entries and their identifiers, some hundred bytes each. */
const HEAVIEST_QUEUE = 50_000;
/** A group that failed; nothing is added meanwhile. */
const AGAIN_AFTER_MS = 250;

/** Whoever ends the process waits no longer for a store that hangs. */
const CLOSED_WITHIN_MS = 10_000;

interface Waiting {
  readonly audited: Audited;
  readonly at: number;
}

const weightOf = ({ identifiers }: Audited): number => 1 + Math.min(identifiers.length, MOST_IDENTIFIERS);

/** One at least. */
const firstOf = (waiting: readonly Waiting[]): readonly Waiting[] => {
  let weight = 0;
  const end = waiting.findIndex(({ audited }, index) => {
    weight += weightOf(audited);
    return index > 0 && (index === MOST_IN_A_GROUP || weight > HEAVIEST_GROUP);
  });
  return end === -1 ? waiting.slice() : waiting.slice(0, end);
};

export const createAuditQueue = ({ documents, entryOf, clock, log }: AuditQueueOptions): AuditQueue => {
  /** Hashed when their group is written, not while somebody waits for an answer. */
  const waiting: Waiting[] = [];
  let weight = 0;
  /** Of the first ones waiting, until it is written. */
  let group: readonly Write[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** Since the write began. */
  let looks = 0;
  let writing: Promise<void> = Promise.resolve();
  let failure: unknown;
  let closed = false;

  const write = async (): Promise<void> => {
    const look = setInterval(() => {
      looks += 1;
    }, LOOK_MS);
    try {
      if (group.length === 0) group = firstOf(waiting).map(({ audited, at }) => insertIfAbsentOf(AUDIT, entryOf(audited, at))); // biome-ignore format: one look
      await documents.apply(group);
      for (const { audited } of waiting.splice(0, group.length)) weight -= weightOf(audited);
      group = [];
      if (failure !== undefined) log.info('audit entries are written again');
      failure = undefined;
    } catch (cause) {
      if (failure === undefined) log.error('audit entries cannot be written', { waiting: waiting.length, cause });
      failure = cause;
    } finally {
      clearInterval(look);
      looks = 0;
    }
  };

  const flush = (): void => {
    writing = write().then(() => {
      timer = undefined;
      if (waiting.length > 0 && !closed)
        timer = setTimeout(flush, failure === undefined ? WRITE_AFTER_MS : AGAIN_AFTER_MS);
    });
  };

  const writeAll = async (): Promise<void> => {
    await writing;
    while (waiting.length > 0) {
      await write();
      if (failure !== undefined)
        throw new StoreError(`audit entries that are lost: ${waiting.length}`, { cause: failure });
    }
  };

  return {
    add: (audited) => {
      if (closed) throw new StoreError('the store is closed');
      if (failure !== undefined) throw new StoreError('audit entries cannot be written', { cause: failure });
      if (looks >= MOST_LOOKS || weight >= HEAVIEST_QUEUE)
        throw new StoreError('audit entries are not written in time');
      waiting.push({ audited, at: clock() });
      weight += weightOf(audited);
      timer ??= setTimeout(flush, WRITE_AFTER_MS);
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      const late = Promise.withResolvers<'late'>();
      const limit = setTimeout(() => late.resolve('late'), CLOSED_WITHIN_MS);
      const end = await Promise.race([writeAll(), late.promise]).finally(() => clearTimeout(limit));
      if (end !== 'late') return;
      log.error('audit entries are lost: the store hangs', { entries: waiting.length, withinMs: CLOSED_WITHIN_MS });
      throw new StoreError(`audit entries that are lost: ${waiting.length}`);
    },
  };
};
