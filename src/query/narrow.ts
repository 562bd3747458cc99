/** A query and a condition that the registry adds to it. */

import type { Compare, Filter } from '../dci/filter.ts';
import { allOf, objectLists } from './same-item.ts';

/**
 * What satisfies both, where the condition speaks of the very items of a list that the query speaks of: "enrolled in A or B"
 * with "the enrolment is active" is an active enrolment in A or an active one in B, not one in A that has ended beside an active
 * one in C. Where the query names no item of that list, some item satisfies the condition. It never finds more than the query.
 */
export const narrowed = (query: Filter, condition: Filter): Filter => {
  const parts = condition.kind === 'and' ? condition.of : [condition];
  return parts.reduce((filter, part) => {
    const item = itemOf(part);
    if (item === undefined) return allOf([filter, part]);
    const bound = bind(filter, item);
    return speaksOf(filter, item.list) ? bound : allOf([bound, { kind: 'any', ...item }]);
  }, query);
};

interface ItemCondition {
  /** Full path of the list. */
  readonly list: string;
  readonly of: Filter;
}

const itemOf = (condition: Filter): ItemCondition | undefined => {
  if (condition.kind === 'any') return condition;
  if (condition.kind !== 'compare') return undefined;
  const list = listOf(condition);
  return list === undefined ? undefined : { list, of: condition };
};

/** The list of whose items a comparison says that one satisfies it. */
const listOf = (compare: Compare): string | undefined =>
  speaksOfAll(compare) ? undefined : objectLists(compare.attribute)[0];

/** "There are values and none is": of the whole list. */
const speaksOfAll = ({ operator, values }: Compare): boolean =>
  operator === 'ne' || operator === 'nin' || (operator === 'exists' && values[0] === false);

const bind = (filter: Filter, item: ItemCondition): Filter => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, of: filter.of.map((each) => bind(each, item)) };
    case 'any':
      return filter.list === item.list ? { ...filter, of: allOf([filter.of, item.of]) } : filter;
    case 'compare':
      return listOf(filter) === item.list ? { kind: 'any', list: item.list, of: allOf([filter, item.of]) } : filter;
    case 'not': // narrower inside would be wider outside
    case 'everything':
      return filter;
  }
};

/** Whether every alternative of the query names an item of the list. */
const speaksOf = (filter: Filter, list: string): boolean => {
  switch (filter.kind) {
    case 'and':
      return filter.of.some((each) => speaksOf(each, list));
    case 'or':
      return filter.of.length > 0 && filter.of.every((each) => speaksOf(each, list));
    case 'any':
      return filter.list === list;
    case 'compare':
      return listOf(filter) === list;
    case 'not':
    case 'everything':
      return false;
  }
};
