/**
 * Predicates whose value is a span of the attribute's values: an age and a year of birth are spans of birth dates, a day
 * is a span of instants. Each becomes plain comparisons whose complement is right: no birth date satisfies neither
 * `age < 18` nor `age >= 18`, neither `eq` nor `ne`.
 */

import type { Attribute } from '../dci/attribute.ts';
import type { Compare, Filter, Operator } from '../dci/filter.ts';
import { unavailableOperator } from './refuse.ts';
import { allOf, type Condition, objectLists } from './same-item.ts';
import { dayBounds } from './times.ts';

export interface Interval {
  readonly from: string;
  readonly to: string;
  /** Whether `to` is the first value behind the span rather than its last. */
  readonly open: boolean;
  /** True where greater means earlier: the older, the earlier the birth date. */
  readonly descending: boolean;
}

type Make = (operator: Operator, value: string) => Compare;

/**
 * `operator` against one span (several for `in` and `nin`). Throws `ItemRejection` naming `written` when the source cannot
 * express it, or when the two ends of a span could be met by two different values.
 */
export const compareInterval = (
  attribute: Attribute,
  operator: Operator,
  intervals: readonly Interval[],
  written: string,
  bound: string | undefined,
): Condition => {
  const make: Make = (name, value) => {
    if (!attribute.operators.has(name)) throw unavailableOperator(written);
    return { kind: 'compare', attribute, operator: name, values: [value], written };
  };
  const [first] = intervals;
  if (first === undefined) throw unavailableOperator(written);
  const lists = objectLists(attribute);
  const item = (filter: Filter): Condition => ({ kind: 'item', lists, filter });
  const { descending } = first;
  const end = ends(first, make);
  switch (operator) {
    case 'gt':
      return item(descending ? end.before() : end.behind());
    case 'ge':
      return item(descending ? end.atMost() : end.atLeast());
    case 'lt':
      return item(descending ? end.behind() : end.before());
    case 'le':
      return item(descending ? end.atLeast() : end.atMost());
    case 'eq':
    case 'in':
      refuseManyValues(attribute, written);
      return item(anyOf(merged(intervals).map((each) => inside(each, make))));
    case 'ne':
    case 'nin':
      refuseManyValues(attribute, written);
      return { kind: 'whole', filter: outside(attribute, merged(intervals), make, lists, written, bound) };
    default:
      throw unavailableOperator(written);
  }
};

/** Spans that overlap or touch become one: the ages from 0 to 17 are one span of birth dates. */
const merged = (intervals: readonly Interval[]): readonly Interval[] => {
  const spans: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = spans.at(-1);
    if (last === undefined || next.from > behind(last)) spans.push(next);
    else if (next.to > last.to) spans.splice(-1, 1, { ...last, to: next.to });
  }
  return spans;
};

/** The first value behind a span. */
const behind = ({ to, open }: Interval): string => (open ? to : dayBounds(to).to.slice(0, 10));

/** The span's two ends, each from its inner and its outer side. */
const ends = ({ from, to, open }: Interval, make: Make) => ({
  atLeast: () => make('ge', from),
  atMost: () => make(open ? 'lt' : 'le', to),
  before: () => make('lt', from),
  behind: () => make(open ? 'ge' : 'gt', to),
});

const inside = (interval: Interval, make: Make): Filter => {
  const { atLeast, atMost } = ends(interval, make);
  return allOf([atLeast(), atMost()]);
};

/** On a list: there are values, and none of them lies in a span. Else the value lies before or behind each span. */
const outside = (
  attribute: Attribute,
  intervals: readonly Interval[],
  make: Make,
  lists: readonly string[],
  written: string,
  bound: string | undefined,
): Filter => {
  const unbound = bound === undefined ? lists : lists.slice(lists.indexOf(bound) + 1);
  if (unbound.length === 0) {
    return allOf(
      intervals.map((each) => {
        const { before, behind } = ends(each, make);
        return { kind: 'or', of: [before(), behind()] };
      }),
    );
  }
  if (!attribute.operators.has('exists')) throw unavailableOperator(written);
  const within = anyOf(intervals.map((each) => inside(each, make)));
  return allOf([
    { kind: 'compare', attribute, operator: 'exists', values: [true], written },
    { kind: 'not', of: unbound.reduceRight((of: Filter, list) => ({ kind: 'any', list, of }), within) },
  ]);
};

const anyOf = (of: readonly Filter[]): Filter => {
  const [only] = of;
  return only !== undefined && of.length === 1 ? only : { kind: 'or', of };
};

/** A list of plain dates, or several sources: one value could meet one end of the span and another the other. */
const refuseManyValues = (attribute: Attribute, written: string): void => {
  if (attribute.chains.length > 1 || attribute.lists.includes(attribute.path)) throw unavailableOperator(written);
};
