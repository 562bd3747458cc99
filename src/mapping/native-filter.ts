/** Builds native filters, simplified as they are built: constants fold, equal sub-queries become one. */

import type { NativeCompare, NativeFilter, NonNullValue } from '../plugin.ts';

export const ALL: NativeFilter = { kind: 'all' };
export const NONE: NativeFilter = { kind: 'none' };

export const present = (column: string): NativeFilter => ({ kind: 'present', column });

export const compare = (column: string, op: NativeCompare['op'], value: NonNullValue): NativeFilter => ({
  kind: 'compare',
  column,
  op,
  value,
});

export const isIn = (column: string, values: readonly NonNullValue[]): NativeFilter => {
  const [only] = values;
  if (only === undefined) return NONE;
  return values.length === 1 ? compare(column, 'eq', only) : { kind: 'in', column, values };
};

export const not = (of: NativeFilter): NativeFilter => {
  if (of.kind === 'all') return NONE;
  if (of.kind === 'none') return ALL;
  return of.kind === 'not' ? of.of : { kind: 'not', of };
};

export const any = (child: string, filter: NativeFilter): NativeFilter =>
  filter.kind === 'none' ? NONE : { kind: 'any', child, filter };

export const first = (child: string, among: NativeFilter, filter: NativeFilter): NativeFilter =>
  filter.kind === 'none' || among.kind === 'none' ? NONE : { kind: 'first', child, among, filter };

export const and = (...filters: readonly NativeFilter[]): NativeFilter => {
  const flat = dropImplied(mergeFirst(flatten('and', filters), and).filter((each) => each.kind !== 'all'));
  if (flat.some((each) => each.kind === 'none')) return NONE;
  const [only] = flat;
  return only === undefined ? ALL : flat.length === 1 ? only : { kind: 'and', of: flat };
};

export const or = (...filters: readonly NativeFilter[]): NativeFilter => {
  const merged = mergeEqualities(mergeAny(mergeFirst(flatten('or', filters), or)));
  const flat = merged.filter((each) => each.kind !== 'none');
  if (flat.some((each) => each.kind === 'all')) return ALL;
  const [only] = flat;
  return only === undefined ? NONE : flat.length === 1 ? only : { kind: 'or', of: flat };
};

/** What a comparison beside them says already: that the column has a value, that it is none of the sentinels, that it is in a list. */
const dropImplied = (filters: readonly NativeFilter[]): readonly NativeFilter[] =>
  filters.length < 2 ? filters : filters.filter((each) => !isImplied(each, filters));

const isImplied = (filter: NativeFilter, beside: readonly NativeFilter[]): boolean => {
  if (filter.kind === 'present') return beside.some((each) => isComparison(each) && each.column === filter.column);
  const tested = filter.kind === 'not' ? filter.of : filter;
  if (tested.kind !== 'in' && !(filter.kind === 'not' && tested.kind === 'compare')) return false;
  const equal = beside.find((each) => each.kind === 'compare' && isEquality(each) && each.column === tested.column);
  if (equal?.kind !== 'compare' || !isEquality(tested)) return false;
  const value = String(equal.value);
  const held =
    tested.kind === 'in' ? tested.values.some((each) => String(each) === value) : String(tested.value) === value;
  return held === (filter.kind === 'in');
};

const isComparison = (filter: NativeFilter): filter is NativeCompare | Extract<NativeFilter, { kind: 'in' }> =>
  filter.kind === 'compare' || filter.kind === 'in';

const flatten = (kind: 'and' | 'or', filters: readonly NativeFilter[]): readonly NativeFilter[] =>
  filters.some((each) => each.kind === kind)
    ? filters.flatMap((each) => (each.kind === kind ? flatten(kind, each.of) : [each]))
    : filters;

type First = Extract<NativeFilter, { kind: 'first' }>;
type Any = Extract<NativeFilter, { kind: 'any' }>;

/** Conditions on the same first row are one condition on it, under `and` as under `or`. */
const mergeFirst = (
  filters: readonly NativeFilter[],
  join: (...filters: readonly NativeFilter[]) => NativeFilter,
): readonly NativeFilter[] => {
  if (filters.filter((each) => each.kind === 'first').length < 2) return filters;
  const merged: NativeFilter[] = [];
  for (const each of filters) {
    const at =
      each.kind !== 'first' ? -1 : merged.findIndex((other) => other.kind === 'first' && sameFirst(other, each));
    const other = merged[at];
    if (each.kind === 'first' && other?.kind === 'first') {
      merged[at] = first(each.child, each.among, join(other.filter, each.filter));
    } else merged.push(each);
  }
  return merged;
};

/** The mapping makes each `among` once, so the same object is the same condition. */
const sameFirst = (left: First, right: First): boolean => left.child === right.child && left.among === right.among;

/** Some row fits this or some row fits that: some row fits one of them. */
const mergeAny = (filters: readonly NativeFilter[]): readonly NativeFilter[] => {
  if (filters.filter((each) => each.kind === 'any').length < 2) return filters;
  const byChild = new Map<string, Any[]>();
  for (const each of filters)
    if (each.kind === 'any') byChild.set(each.child, [...(byChild.get(each.child) ?? []), each]);
  return [
    ...filters.filter((each) => each.kind !== 'any'),
    ...[...byChild].map(([child, of]) => any(child, or(...of.map((each) => each.filter)))),
  ];
};

const isEquality = (filter: NativeFilter): boolean =>
  filter.kind === 'in' || (filter.kind === 'compare' && filter.op === 'eq' && filter.match !== 'lower');

const mergeEqualities = (filters: readonly NativeFilter[]): readonly NativeFilter[] => {
  if (filters.filter(isEquality).length < 2) return filters;
  const values = new Map<string, Set<NonNullValue>>();
  const others: NativeFilter[] = [];
  for (const each of filters) {
    if ((each.kind !== 'in' && each.kind !== 'compare') || !isEquality(each)) {
      others.push(each);
      continue;
    }
    const set = values.get(each.column) ?? new Set();
    values.set(each.column, set);
    if (each.kind === 'in') for (const value of each.values) set.add(value);
    else set.add(each.value);
  }
  return [...[...values].map(([column, set]) => isIn(column, [...set])), ...others];
};
