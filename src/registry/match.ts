/**
 * Which subscriptions a page of changes concerns (ASYNC "Notify" 2, PROTOCOL 8). Records are read once, whole, and held
 * against filters in memory; equal filters once. What is told is then read as each partner may see it.
 */

import type { BoundChanges, DciRecord, View } from '../mapping/mapping.ts';
import { BackendError, type EntityKey } from '../plugin.ts';
import type { CompiledSubscription } from './compile-subscription.ts';
import type { Considered } from './consider.ts';
import { fullView, wholeRows } from './full-view.ts';
import { isBelow } from './only-identifiers.ts';
import { matchingKeys, type Reading, type ReadRecords, readRecords } from './read-records.ts';
import type { Registry } from './registry.ts';
import type { ConditionGroup, SubscriptionIndex } from './subscription-index.ts';

export interface Matching {
  readonly reading: Reading & { readonly changes: BoundChanges };
  readonly mapping: Awaited<ReturnType<Registry['mapping']>>;
  readonly index: SubscriptionIndex;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Match {
  readonly considered: Considered;
  readonly subscription: CompiledSubscription;
  /** It asks for this kind of change, at this time. */
  readonly wanted: boolean;
}

/** Each subscription whose filter the record satisfies, or satisfied when it was last there; in the order of the page. */
export const matchPage = async (page: readonly Considered[], matching: Matching): Promise<readonly Match[]> => {
  const keys = keysByType(page);
  const restricted = createRestricted(keys, matching);
  const elsewhere = await decideElsewhere(keys, matching);
  const matches: Match[] = [];
  for (const considered of page) {
    const { touched, problem } = considered;
    if (problem !== undefined) continue;
    for (const group of matching.index.decidedElsewhere(touched.recordType)) {
      const satisfying = elsewhere.get(placeOf(touched.recordType, group));
      if (satisfying === undefined) pass(group, considered, matches);
      else if (satisfying.has(touched.keyText)) take(group, considered, matching, matches);
    }
    const record = considered.record ?? (await lastIdentifiers(considered, matching));
    if (record === undefined) continue;
    const partial = considered.record === undefined;
    const { identifiers } = matching.mapping.records.get(touched.recordType) ?? {};
    for (const group of matching.index.candidates(touched.recordType, record)) {
      const { condition } = group;
      // Neither its other fields nor whether row filters let it through can be told.
      if (partial && (condition.rows !== '' || !isBelow(condition.filter, identifiers))) continue;
      const seen = partial || condition.rows === '' ? record : await restricted(group, touched);
      if (seen === UNDECIDED) pass(group, considered, matches);
      else if (seen !== undefined && condition.test?.(seen) === true) take(group, considered, matching, matches);
    }
  }
  return matches;
};

const take = (group: ConditionGroup, considered: Considered, { now }: Matching, into: Match[]): void => {
  for (const subscription of group.members) {
    into.push({ considered, subscription, wanted: wants(subscription, considered, now) });
  }
};

/** Whom it concerns is not known: it is told neither as changed nor as one that left. */
const pass = ({ members }: ConditionGroup, considered: Considered, into: Match[]): void => {
  for (const subscription of members) into.push({ considered, subscription, wanted: false });
};

/** Whether it asks for this kind of change, at this time. */
export const wants = ({ subscription }: CompiledSubscription, considered: Considered, now: number): boolean => {
  const { event, changes, startAt = 0, createdAt, endAt } = subscription;
  // One that was begun when it was made is begun for a replica, too, whose clock is behind that of the one that made it.
  if ((startAt > createdAt && now < startAt) || now >= endAt) return false;
  if (event !== undefined) return considered.touched.event === event;
  return !considered.unchanged && changes.includes(considered.change);
};

/** Of a row that is gone, as its source remembers it: identifiers only. */
const lastIdentifiers = async (
  { live, touched }: Considered,
  { reading, mapping }: Matching,
): Promise<DciRecord | undefined> =>
  live || touched.old === undefined
    ? undefined
    : reading.changes.tombstone(touched.recordType, touched.old, fullView(mapping));

export const keysByType = (
  page: readonly { readonly touched: Considered['touched'] }[],
): ReadonlyMap<string, readonly EntityKey[]> => {
  const keys = new Map<string, Map<string, EntityKey>>();
  for (const { touched } of page) {
    const ofType = keys.get(touched.recordType) ?? new Map<string, EntityKey>();
    keys.set(touched.recordType, ofType.set(touched.keyText, touched.key));
  }
  return new Map([...keys].map(([type, ofType]) => [type, [...ofType.values()]]));
};

/** The backend will not say whether the record is one. */
const UNDECIDED = Symbol('undecided');

type Restricted = (
  group: ConditionGroup,
  touched: Considered['touched'],
) => Promise<DciRecord | typeof UNDECIDED | undefined>;

/** Records as row filters let them through, read once for each set of row filters. */
const createRestricted = (keys: ReadonlyMap<string, readonly EntityKey[]>, { reading }: Matching): Restricted => {
  const read = new Map<string, Promise<ReadRecords | undefined>>();
  const warned = new Set<string>();
  return async (group, { recordType, keyText }) => {
    const at = `${recordType}\n${group.condition.rows}`;
    const records =
      read.get(at) ?? unlessUndecided(readRecords(recordType, keys.get(recordType) ?? [], viewOf(group), reading));
    read.set(at, records);
    const found = await records;
    const one = found?.get(keyText);
    if (found !== undefined && one?.problem === undefined) return one?.record;
    // Whole it could be read: it is the row filter that cannot be decided.
    if (!warned.has(at)) warnUntold(group, one?.problem ?? 'a row filter is refused', reading);
    warned.add(at);
    return UNDECIDED;
  };
};

/** Members of a group have equal row filters. */
const viewOf = ({ members }: ConditionGroup): View => wholeRows(members[0]?.view ?? { of: () => undefined });

const placeOf = (recordType: string, { condition }: ConditionGroup): string => `${recordType}\n${condition.key}`;

/** The records that the backend says satisfy each condition; of one that it will not decide nothing. */
const decideElsewhere = async (
  keys: ReadonlyMap<string, readonly EntityKey[]>,
  { reading, mapping, index }: Matching,
): Promise<ReadonlyMap<string, ReadonlySet<string> | undefined>> => {
  const decided = new Map<string, ReadonlySet<string> | undefined>();
  for (const [recordType, some] of keys) {
    for (const group of index.decidedElsewhere(recordType)) {
      const view = group.condition.rows === '' ? fullView(mapping) : viewOf(group);
      const satisfying = matchingKeys(recordType, some, view, group.condition.filter, reading);
      const warn = (detail: string): void => warnUntold(group, detail, reading);
      decided.set(placeOf(recordType, group), await unlessUndecided(satisfying, warn));
    }
  }
  return decided;
};

/** Undefined where the backend will not decide this condition, whatever the records: nobody else's changes wait for it. */
const unlessUndecided = async <Found>(
  asked: Promise<Found>,
  why = (_detail: string): void => undefined,
): Promise<Found | undefined> => {
  try {
    return await asked;
  } catch (cause) {
    if (!(cause instanceof BackendError) || (cause.kind !== 'too_many' && cause.kind !== 'refused')) throw cause;
    why(cause.message);
    return undefined;
  }
};

/** In one line of the log. */
const MOST_NAMED = 20;

const warnUntold = ({ members }: ConditionGroup, detail: string, { context }: Reading): void =>
  context.log.error('changes are not told: the registry cannot decide whom they concern', {
    subscriptions: members.slice(0, MOST_NAMED).map(({ subscription }) => subscription._id),
    detail,
  });
