/** How many identifiers a query tries, for the daily data limit (PROTOCOL 11). */

import type { RecordModel } from '../dci/attribute.ts';
import type { RawFilter } from '../dci/filter.ts';
import { isJsonArray } from '../dci/json-node.ts';
import { candidatePaths } from './aliases.ts';
import { findAttribute } from './names.ts';

const TYPES = ['Person', 'Member', 'Group'];

/**
 * Look-ups, and comparisons of identifier values in any dialect: one each, or one a value of a list. Counted on the raw
 * query, so that a refused one counts too; comparisons other than `eq` and `in` count as well, they probe the same values.
 * `models`: what may be searched, for names of identifiers that only their mapping knows.
 */
export const countIdentifiers = (raw: RawFilter, models: readonly RecordModel[] = []): number => {
  switch (raw.kind) {
    case 'identifier':
      return 1;
    case 'compare':
      return isIdentifierValue(raw.attribute, models) ? (isJsonArray(raw.value) ? raw.value.length : 1) : 0;
    case 'and':
    case 'or':
      return raw.of.reduce((sum, each) => sum + countIdentifiers(each, models), 0);
    case 'not':
    case 'any':
      return countIdentifiers(raw.of, models);
    case 'everything':
      return 0;
  }
};

const IDENTIFIER_VALUE = /(^|\.)identifier_value$/;

const isIdentifierValue = (name: string, models: readonly RecordModel[]): boolean =>
  TYPES.some((type) => candidatePaths(name, type).some((path) => IDENTIFIER_VALUE.test(path))) ||
  models.some((model) => {
    const attribute = findAttribute(name, model);
    if (attribute === undefined) return false;
    return (
      attribute.identifies === true || attribute.chains.some((chain) => IDENTIFIER_VALUE.test(chain.at(-1)?.path ?? ''))
    );
  });
