/**
 * A filter that finds at least whatever the given one finds once some nested records are taken away. Taking records away
 * can make a positive condition on nested records fail, and a negative one hold: the negative ones fall away.
 */

import type { Filter } from '../../dci/filter.ts';

const NOTHING: Filter = { kind: 'or', of: [] };
const EVERYTHING: Filter = { kind: 'everything' };

/** @param positive false under an odd number of `not`, where a narrower inside is a wider outside */
export const relaxed = (filter: Filter, positive = true): Filter => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, of: filter.of.map((each) => relaxed(each, positive)) };
    case 'not':
      return { kind: 'not', of: relaxed(filter.of, !positive) };
    case 'any':
      if (!isNested(filter.of)) return filter;
      return positive ? { ...filter, of: relaxed(filter.of) } : NOTHING;
    case 'compare': {
      if (!isNested(filter)) return filter;
      if (!positive) return NOTHING;
      const { operator, values } = filter;
      const negative = operator === 'ne' || operator === 'nin' || (operator === 'exists' && values[0] !== true);
      return negative ? EVERYTHING : filter;
    }
    case 'everything':
      return filter;
  }
};

/** Whether it speaks of what lies in another record than the searched one. */
const isNested = (filter: Filter): boolean => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.of.some(isNested);
    case 'not':
    case 'any':
      return isNested(filter.of);
    case 'compare':
      return filter.attribute.chains.some((chain) => chain.length > 1);
    case 'everything':
      return false;
  }
};
