/** Subscriptions that a record concerned by the identifiers it had before a change, and does not concern any more (PROTOCOL 8). */

import type { Filter } from '../dci/filter.ts';
import type { DciRecord } from '../mapping/mapping.ts';
import type { CompiledSubscription } from './compile-subscription.ts';
import type { Considered } from './consider.ts';
import { fullView } from './full-view.ts';
import { keyText } from './keyed.ts';
import { type Match, type Matching, wants } from './match.ts';
import { isBelow } from './only-identifiers.ts';

export interface LeftSubscription {
  readonly subscription: CompiledSubscription;
  /** The identifiers of before that its partner sees. */
  readonly body: DciRecord;
}

/** Of a record that is there, where its source remembers the row before, and identifiers alone decide. */
export type LeftByOld = (considered: Considered) => Promise<readonly LeftSubscription[]>;

/** @param matches of the page: whom its records still concern */
export const createLeftByOld = (
  matches: readonly Match[],
  { reading: { changes }, mapping, index, now }: Matching,
): LeftByOld => {
  const concerned = Map.groupBy(matches, ({ considered }) => considered.touched.id);
  /** By record: codes of those that it concerns, or that were told; who was sent the record is told by what was sent. */
  const knownOf = remembering(({ touched, sent }: Considered) => [
    ...(concerned.get(touched.id) ?? []).map(({ subscription }) => subscription.subscription._id),
    ...sent.map(({ sub }) => sub),
  ]);
  return async (considered) => {
    const { live, problem, touched } = considered;
    const { recordType, old } = touched;
    if (!live || problem !== undefined || old === undefined) return [];
    // The row of another key is another record, which is looked at by itself.
    const key = changes.keyColumns(recordType).map((column) => old.row.columns[column] ?? null);
    if (keyText(key) !== touched.keyText) return [];
    const before = await changes.tombstone(recordType, old, fullView(mapping));
    if (before === undefined) return [];
    const { identifiers } = mapping.records.get(recordType) ?? {};
    const known = knownOf(considered);
    const left: LeftSubscription[] = [];
    for (const { condition, members } of index.candidates(recordType, before)) {
      if (condition.rows !== '' || !isBelow(condition.filter, identifiers) || denies(condition.filter)) continue;
      if (condition.test?.(before) !== true) continue;
      for (const subscription of members) {
        const { _id: code } = subscription.subscription;
        if (known.has(code) || subscription.decide !== undefined) continue;
        if (!wants(subscription, { ...considered, change: 'deleted', unchanged: false }, now)) continue;
        const body = await changes.tombstone(recordType, old, subscription.view);
        if (body !== undefined) left.push({ subscription, body });
        known.add(code);
      }
    }
    return left;
  };
};

const remembering = (codesOf: (considered: Considered) => readonly string[]) => {
  const known = new Map<string, Set<string>>();
  return (considered: Considered): Set<string> => {
    const codes = known.get(considered.touched.id) ?? new Set(codesOf(considered));
    known.set(considered.touched.id, codes);
    return codes;
  };
};

/** Of identifiers in other tables nothing is known as it was: that one was not there cannot be told. */
const denies = (filter: Filter): boolean => {
  switch (filter.kind) {
    case 'not':
      return true;
    case 'and':
    case 'or':
      return filter.of.some(denies);
    case 'any':
      return denies(filter.of);
    case 'everything':
    case 'compare':
      return false;
  }
};
