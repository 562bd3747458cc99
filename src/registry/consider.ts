/** What became of each touched record since it was seen last. */

import { makesRecord } from '../dci/event-types.ts';
import type { DciRecord } from '../mapping/mapping.ts';
import { type ChangeKind, SEEN, SENT, type Seen, type Sent } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';
import type { Keyed } from './keyed.ts';
import type { ReadRecords } from './read-records.ts';
import type { Touched } from './touched.ts';

/** `Seen.hash` of a record that is gone. */
export const GONE = 'gone';

export interface Considered {
  readonly touched: Touched;
  readonly change: ChangeKind;
  readonly live: boolean;
  /** The whole record; of one that is gone its last state, where the row is still there. */
  readonly record: DciRecord | undefined;
  /** Why it cannot be rendered. */
  readonly problem: string | undefined;
  /**
   * As it was told before, or told with a later change of the page: only events that its source names are told of it.
   * What was read is the same for all of them, and it is told under the last one's version: told again after a crash, a newer
   * state then has a version of its own.
   */
  readonly unchanged: boolean;
  /** The last change of the record in the page. */
  readonly last: boolean;
  readonly hash: string;
  readonly seen: Seen | undefined;
  readonly sent: readonly Sent[];
}

export interface ConsiderSetting {
  readonly documents: Documents;
  readonly keyed: Keyed;
  /** Whether every record of the type was seen when the feed began, so that an unseen one is new. */
  readonly baselined: (recordType: string) => boolean;
}

const MOST_SENT = 100_000;

/** In the order of the page. */
export const consider = async (
  touched: readonly Touched[],
  whole: ReadonlyMap<string, ReadRecords>,
  { documents, keyed, baselined }: ConsiderSetting,
): Promise<readonly Considered[]> => {
  const byRecord = Map.groupBy(touched, ({ id }) => id);
  const known = new Map(
    await Promise.all(
      [...byRecord].map(async ([id, changes]) => {
        const seen = await documents.get(SEEN, id);
        const sent = await documents.find(SENT, { index: 'byRecord', equals: [id], limit: MOST_SENT });
        return [id, { changes, seen, sent }] as const;
      }),
    ),
  );
  return touched.map((each) => {
    const { changes = [each], seen, sent = [] } = known.get(each.id) ?? {};
    const read = whole.get(each.recordType)?.get(each.keyText);
    const live = read?.live === true;
    const hash = live ? keyed('content', each.id, JSON.stringify(read?.record ?? null)) : GONE;
    const old = each.old ?? changes.findLast((change) => change.old !== undefined)?.old;
    return {
      touched: { ...each, old },
      change: live ? changeOf(changes, seen?.hash, baselined(each.recordType)) : 'deleted',
      live,
      record: read?.record,
      problem: read?.problem,
      last: each === changes.at(-1),
      unchanged: each !== changes.at(-1) || seen?.hash === hash,
      hash,
      seen,
      sent,
    };
  });
};

const changeOf = (changes: readonly Touched[], before: string | undefined, baselined: boolean): ChangeKind => {
  if (before === GONE) return 'created';
  if (before !== undefined) return 'updated';
  const stated = changes.find(({ kind }) => kind !== 'below' && kind !== 'changed')?.kind;
  if (stated !== undefined) return stated === 'created' ? 'created' : 'updated';
  if (baselined) return 'created';
  const untold = changes.filter(({ kind }) => kind === 'changed');
  const happened = untold.filter(({ event }) => event !== undefined);
  // The registry was there before the gateway: whom something happens to was in it, unless that is what made the record.
  if (happened.length > 0) return happened.some(isMade) ? 'created' : 'updated';
  return untold.length > 0 ? 'created' : 'updated';
};

const isMade = ({ event, recordType }: Touched): boolean => event !== undefined && makesRecord(event, recordType);
