/** Whether a filter asks about one of several records by their identifiers, so that a yes would not say about which. */

import type { Compare, Filter } from '../dci/filter.ts';
import type { Models } from './allowed.ts';

/** Whether one or another of the identifiers that it names is enough. */
export const namesSeveral = (filter: Filter, models: Models): boolean => {
  switch (filter.kind) {
    case 'or':
      if (filter.of.filter((each) => namesOne(each, models)).length > 1) return true;
      return filter.of.some((each) => namesSeveral(each, models));
    case 'and':
      return filter.of.some((each) => namesSeveral(each, models));
    case 'not':
    case 'any':
      return namesSeveral(filter.of, models);
    case 'compare':
      return filter.values.length > 1 && namesOne(filter, models);
    case 'everything':
      return false;
  }
};

/** An identifier of a record's own. */
const namesOne = (filter: Filter, models: Models): boolean => {
  if (filter.kind === 'compare') return isOwnIdentifier(filter, models);
  if (filter.kind === 'and' || filter.kind === 'or') return filter.of.some((each) => namesOne(each, models));
  return filter.kind !== 'everything' && namesOne(filter.of, models);
};

const isOwnIdentifier = ({ attribute }: Compare, models: Models): boolean =>
  attribute.identifies === true ||
  attribute.chains.some((chain) => {
    const last = chain.at(-1);
    return last !== undefined && last.path === `${models.get(last.record)?.identifiers}.identifier_value`;
  });
