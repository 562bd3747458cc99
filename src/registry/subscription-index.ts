/** Subscriptions arranged so that a change meets those that it may concern, not all (issue "matching takes milliseconds"). */

import type { CompiledSubscription, Condition } from './compile-subscription.ts';

export interface ConditionGroup {
  readonly condition: Condition;
  readonly members: readonly CompiledSubscription[];
}

export interface SubscriptionIndex {
  readonly size: number;
  byCode(code: string): CompiledSubscription | undefined;
  /** Groups of a record type that this record may satisfy: those that ask for a value it has, and those that ask for none. */
  candidates(recordType: string, record: object): Iterable<ConditionGroup>;
  /** Groups of a record type whose filter the backend decides. */
  decidedElsewhere(recordType: string): readonly ConditionGroup[];
  /** Whether a subscription to this record type waits for a service that decides about consent. */
  asks(recordType: string): boolean;
}

interface TypeIndex {
  /** Path → value → groups. */
  readonly byValue: Map<string, Map<string, ConditionGroup[]>>;
  readonly others: ConditionGroup[];
  readonly elsewhere: ConditionGroup[];
}

export const indexSubscriptions = (compiled: Iterable<CompiledSubscription>): SubscriptionIndex => {
  const byCode = new Map<string, CompiledSubscription>();
  const asking = new Set<string>();
  const grouped = new Map<string, Map<string, CompiledSubscription[]>>();
  for (const each of compiled) {
    byCode.set(each.subscription._id, each);
    if (each.decide !== undefined) asking.add(each.subscription.recordType);
    const ofType = entryOf(grouped, each.subscription.recordType, () => new Map<string, CompiledSubscription[]>());
    entryOf(ofType, each.condition.key, () => []).push(each);
  }
  const types = new Map<string, TypeIndex>();
  for (const [type, groups] of grouped) types.set(type, indexType(groups.values()));
  return {
    size: byCode.size,
    byCode: (code) => byCode.get(code),
    decidedElsewhere: (recordType) => types.get(recordType)?.elsewhere ?? [],
    asks: (recordType) => asking.has(recordType),
    *candidates(recordType, record) {
      const index = types.get(recordType);
      if (index === undefined) return;
      yield* index.others;
      const met = new Set<ConditionGroup>();
      for (const [path, byValue] of index.byValue) {
        for (const value of textsAt(record, path.split('.'), 0)) {
          for (const group of byValue.get(value) ?? []) met.add(group);
        }
      }
      yield* met;
    },
  };
};

const indexType = (groups: Iterable<CompiledSubscription[]>): TypeIndex => {
  const index: TypeIndex = { byValue: new Map(), others: [], elsewhere: [] };
  for (const members of groups) {
    const condition = members[0]?.condition;
    if (condition === undefined) continue;
    const group = { condition, members };
    const { test, required } = condition;
    if (test === undefined) index.elsewhere.push(group);
    else if (required === undefined) index.others.push(group);
    else {
      const byValue = entryOf(index.byValue, required.path, () => new Map<string, ConditionGroup[]>());
      for (const value of new Set(required.values)) entryOf(byValue, value, () => []).push(group);
    }
  }
  return index;
};

const entryOf = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
};

function* textsAt(value: unknown, keys: readonly string[], depth: number): Generator<string> {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value) yield* textsAt(each, keys, depth);
    return;
  }
  const key = keys[depth];
  if (key === undefined) yield String(value);
  else if (typeof value === 'object' && Object.hasOwn(value, key))
    yield* textsAt((value as Readonly<Record<string, unknown>>)[key], keys, depth + 1);
}
