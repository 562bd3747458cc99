/** How many identifiers a query tries, for the daily data limit (PROTOCOL 11). */

import type { RawFilter } from '../dci/filter.ts';
import { isJsonArray } from '../dci/json-node.ts';
import { candidatePaths } from './aliases.ts';

const TYPES = ['Person', 'Member', 'Group'];

/**
 * Look-ups, and comparisons of identifier values in any dialect: one each, or one a value of a list. Counted on the raw
 * query, so that a refused one counts too; comparisons other than `eq` and `in` count as well, they probe the same values.
 */
export const countIdentifiers = (raw: RawFilter): number => {
  switch (raw.kind) {
    case 'identifier':
      return 1;
    case 'compare':
      return isIdentifierValue(raw.attribute) ? (isJsonArray(raw.value) ? raw.value.length : 1) : 0;
    case 'and':
    case 'or':
      return raw.of.reduce((sum, each) => sum + countIdentifiers(each), 0);
    case 'not':
    case 'any':
      return countIdentifiers(raw.of);
    case 'everything':
      return 0;
  }
};

const isIdentifierValue = (name: string): boolean =>
  TYPES.some((type) => candidatePaths(name, type).some((path) => /(^|\.)identifier_value$/.test(path)));
