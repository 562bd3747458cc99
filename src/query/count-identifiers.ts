/** How many identifiers a query tries, for the daily data limit (PROTOCOL 11). */

import type { RecordModel } from '../dci/attribute.ts';
import { canonicalValue } from '../dci/canonical.ts';
import type { RawFilter } from '../dci/filter.ts';
import { isJsonArray, type JsonNode } from '../dci/json-node.ts';
import { candidatePaths } from './aliases.ts';
import { findAttribute } from './names.ts';

const TYPES = ['Person', 'Member', 'Group'];

/**
 * Look-ups, and comparisons of identifier values in any dialect: one each, or one a value of a list. Counted on the raw
 * query, so that a refused one counts too; comparisons other than `eq` and `in` count as well, they probe the same values.
 * `models`: what may be searched, for names of identifiers that only their mapping knows.
 */
export const countIdentifiers = (raw: RawFilter, models: readonly RecordModel[] = []): number =>
  triedIdentifiers(raw, models).length;

export interface TriedIdentifier {
  /** Undefined: a value was compared without naming its type beside it. */
  readonly type?: string | undefined;
  readonly value: string;
}

/** Those that `countIdentifiers` counts. */
export const triedIdentifiers = (raw: RawFilter, models: readonly RecordModel[] = []): readonly TriedIdentifier[] => {
  switch (raw.kind) {
    case 'identifier':
      return [{ type: raw.type, value: raw.value }];
    case 'compare':
      if (!isIdentifierValue(raw.attribute, models)) return [];
      return (isJsonArray(raw.value) ? raw.value : [raw.value]).map((value) => ({ value: textOf(value) }));
    case 'and':
    case 'or':
      return raw.of.flatMap((each) => triedIdentifiers(each, models));
    case 'not':
    case 'any':
      return triedIdentifiers(raw.of, models);
    case 'everything':
      return [];
  }
};

const textOf = (value: JsonNode): string => (typeof value === 'string' ? value : canonicalValue(value, 'compact'));

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
