/** What a plugin says that it cannot do is refused before it is called (`Capabilities` in plugin.ts). */

import { ItemRejection } from '../errors.ts';
import type { BackendPlugin, Capabilities, NativeFilter, RegistryQuery } from '../plugin.ts';

/** @throws ItemRejection in words that name nothing: a row filter, too, may be what goes beyond. */
export const refuseBeyond = (query: RegistryQuery, plugin: Pick<BackendPlugin, 'capabilities' | 'accepts'>): void => {
  const { compare, sort, maxLimit, childDepth } = plugin.capabilities;
  if (query.limit > maxLimit) throw new ItemRejection('rjct.pagination.invalid', `page_size is more than ${maxLimit}.`);
  if (query.order.length > 0 && !sort)
    throw new ItemRejection('rjct.sort.invalid', 'The registry cannot sort its results.');
  if (!within(query.filter, compare, childDepth) || plugin.accepts?.(query) === false)
    throw new ItemRejection('rjct.search_criteria.invalid', 'The registry cannot answer this kind of search.');
};

/** More of them in one statement keep a database busy with nothing but reading it, for seconds. */
const MOST_CONDITIONS = 2_000;

/**
 * A value of a list can come to several conditions: a span of dates, the parts of a template.
 *
 * @throws ItemRejection
 */
export const refuseManyConditions = ({ filter }: RegistryQuery): void => {
  if (conditionsIn(filter) > MOST_CONDITIONS)
    throw new ItemRejection('rjct.search_criteria.invalid', 'The query comes to too many conditions: ask for fewer values at once.'); // biome-ignore format: one look
};

const conditionsIn = (filter: NativeFilter): number => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.of.reduce((sum, each) => sum + conditionsIn(each), 0);
    case 'not':
      return conditionsIn(filter.of);
    case 'any':
      return 1 + conditionsIn(filter.filter);
    case 'first':
      return 1 + conditionsIn(filter.among) + conditionsIn(filter.filter);
    default:
      return 1;
  }
};

const within = (filter: NativeFilter, compare: Capabilities['compare'], depth: number): boolean => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.of.every((each) => within(each, compare, depth));
    case 'not':
      return within(filter.of, compare, depth);
    case 'any':
      return depth > 0 && within(filter.filter, compare, depth - 1);
    case 'first':
      return depth > 0 && within(filter.among, compare, depth - 1) && within(filter.filter, compare, depth - 1);
    case 'compare':
      return compare.has(filter.op);
    default:
      return true;
  }
};
