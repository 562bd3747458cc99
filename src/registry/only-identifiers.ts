/** Whether a filter can be held against a record of which only the identifiers are known. */

import type { Filter } from '../dci/filter.ts';

/** @param list path of the record's identifiers */
export const isBelow = (filter: Filter, list: string | undefined): boolean => {
  switch (filter.kind) {
    case 'everything':
      return true;
    case 'and':
    case 'or':
      return filter.of.every((each) => isBelow(each, list));
    case 'not':
    case 'any':
      return isBelow(filter.of, list);
    case 'compare':
      return list !== undefined && filter.attribute.path.startsWith(`${list}.`);
  }
};
