/**
 * One equality that every record must meet which satisfies a filter: subscriptions are found by it, so that a change is not
 * held against those that ask for other persons.
 */

import type { Compare, Filter } from '../dci/filter.ts';

export interface RequiredValue {
  /** Path of the attribute in the record. */
  readonly path: string;
  /** It has one of these. Text as it is. */
  readonly values: readonly string[];
}

/** Undefined where there is none that is compared exactly as it is shown. */
export const requiredValue = (filter: Filter): RequiredValue | undefined => {
  switch (filter.kind) {
    case 'compare':
      return ofCompare(filter);
    case 'any':
      return requiredValue(filter.of);
    case 'and': {
      const found = filter.of.map(requiredValue).filter((each) => each !== undefined);
      // The value rather than the type of an identifier: fewer records share it.
      return found.find(({ path }) => path.endsWith('identifier_value')) ?? found[0];
    }
    case 'or': {
      const found = filter.of.map(requiredValue);
      const [first] = found;
      if (first === undefined || found.some((each) => each?.path !== first.path)) return undefined;
      return { path: first.path, values: found.flatMap((each) => each?.values ?? []) };
    }
    case 'not':
    case 'everything':
      return undefined;
  }
};

const ofCompare = ({ attribute, operator, values }: Compare): RequiredValue | undefined => {
  const exact = attribute.type === 'text' || attribute.type === 'date';
  const one = attribute.chains.length === 1 && attribute.match === undefined;
  if ((operator !== 'eq' && operator !== 'in') || !exact || !one) return undefined;
  return { path: attribute.path, values: values.map(String) };
};
