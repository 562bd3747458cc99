/** Reads touched records again, by key, as a view shows them. */

import type { Filter } from '../dci/filter.ts';
import type { BoundChanges, DciRecord, View, WantedOfKeys } from '../mapping/mapping.ts';
import { MAX_KEYS } from '../mapping/mapping.ts';
import type { Subject } from '../mapping/subjects.ts';
import { BackendError, type BackendPlugin, type CallContext, type EntityKey, type NativeRow } from '../plugin.ts';
import { StoreError } from '../store/store.ts';
import { keyText } from './keyed.ts';
import { isTooMany } from './run-planned.ts';

/** Of what is read in one go. */
export interface Reading {
  readonly plugin: Pick<BackendPlugin, 'search'>;
  readonly changes: Pick<BoundChanges, 'byKey'>;
  readonly context: CallContext;
}

export interface ReadRecord {
  /** False: the row is there, and counts as deleted. */
  readonly live: boolean;
  /** Undefined: it cannot be rendered. */
  readonly record: DciRecord | undefined;
  /** Why; names no value. */
  readonly problem: string | undefined;
  /** Whom it is of, where that was asked for. */
  readonly subjects?: readonly Subject[] | undefined;
}

/** By the text of the key; a key that is not in it has no row, or none that the view lets through. */
export type ReadRecords = ReadonlyMap<string, ReadRecord>;

export const readRecords = async (
  recordType: string,
  keys: readonly EntityKey[],
  view: View,
  { plugin, changes, context }: Reading,
  /** Whom they are of; fewer fields than the view shows. */
  wanted: Pick<WantedOfKeys, 'subjects' | 'projection'> = {},
): Promise<ReadRecords> => {
  const found = new Map<string, ReadRecord>();
  let answers = 0;
  const failures: unknown[] = [];
  const read = async (some: readonly EntityKey[]): Promise<void> => {
    const search = changes.byKey(recordType, some, view, wanted);
    if (search.query === undefined) return;
    try {
      const { rows } = await plugin.search(search.query, context);
      answers += 1;
      for (const row of rows) {
        const rendered = await renderOne(row, search.render);
        found.set(keyText(search.keyOf(row)), { ...rendered, subjects: search.subjectsOf?.(row) });
      }
    } catch (cause) {
      const problem = problemOfOne(cause);
      if (problem === undefined) throw cause;
      failures.push(cause);
      if (some.length > 1 && failures.length <= MOST_FAILURES) for (const half of halvesOf(some)) await read(half);
      else for (const key of some) found.set(keyText(key), { live: true, record: undefined, problem });
    }
  };
  for (const some of inPages(keys)) await read(some);
  // Where nothing is answered at all it is no single record's fault.
  const refusal = failures.find((cause) => !isTooMany(cause));
  if (refusal !== undefined && (answers === 0 || failures.length > MOST_FAILURES)) throw refusal;
  return found;
};

/** Of one call: enough to find two records among two hundred that cannot be read. */
const MOST_FAILURES = 20;

/**
 * One record that cannot be read does not hold up the others: the caller puts it aside. It has too many rows below it, or what a
 * view of the registry works out fails on its data. Undefined: the failure is no record's.
 */
const problemOfOne = (cause: unknown): string | undefined => {
  if (isTooMany(cause)) return 'too many rows';
  return cause instanceof BackendError && cause.kind === 'refused' ? 'refused' : undefined;
};

const halvesOf = (keys: readonly EntityKey[]): readonly (readonly EntityKey[])[] => {
  const middle = Math.ceil(keys.length / 2);
  return [keys.slice(0, middle), keys.slice(middle)];
};

/** Texts of the keys whose records satisfy a filter, as the backend decides. */
export const matchingKeys = async (
  recordType: string,
  keys: readonly EntityKey[],
  view: View,
  filter: Filter,
  { plugin, changes, context }: Reading,
): Promise<ReadonlySet<string>> => {
  const found = new Set<string>();
  for (const some of inPages(keys)) {
    const { query, keyOf } = changes.byKey(recordType, some, view, { filter });
    if (query === undefined) continue;
    const { rows } = await plugin.search(query, context);
    for (const row of rows) found.add(keyText(keyOf(row)));
  }
  return found;
};

const inPages = (keys: readonly EntityKey[]): readonly (readonly EntityKey[])[] =>
  Array.from({ length: Math.ceil(keys.length / MAX_KEYS) }, (_, n) => keys.slice(n * MAX_KEYS, (n + 1) * MAX_KEYS));

const renderOne = async (
  row: NativeRow,
  render: (row: NativeRow) => DciRecord | Promise<DciRecord>,
): Promise<ReadRecord> => {
  const live = row.live !== false;
  try {
    return { live, record: await render(row), problem: undefined };
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    // One row that cannot be mapped does not hold up the others: the caller puts it aside.
    return { live, record: undefined, problem: problemIn(cause) };
  }
};

/** No backend is asked while a row is rendered: an error of that kind is an expression's, which goes beyond its bounds on this row. */
const problemIn = (cause: unknown): string => {
  if (cause instanceof BackendError) return 'an expression fails';
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'cannot be rendered';
};
