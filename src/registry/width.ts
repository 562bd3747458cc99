/** How wide a partner may search (PROTOCOL 6). */

import type { Compare, Filter } from '../dci/filter.ts';
import { ItemRejection } from '../errors.ts';
import type { RegistryRights } from '../security/rights.ts';
import { identifierMember, type Models } from './allowed.ts';

const SHORT_TEXT = 3; // characters; shorter text names too many people to count as selective

/** Throws `ItemRejection` (`rjct.search_criteria.invalid`) when the filter is wider than the right. */
export const checkWidth = (filter: Filter, rights: RegistryRights, models: Models): void => {
  const isIdentifierValue = (compare: Compare): boolean =>
    identifierMember(compare.attribute, rights, models)?.member === 'identifier_value';
  const isIdentifier = (compare: Compare): boolean => identifierMember(compare.attribute, rights, models) !== undefined;
  const narrow =
    rights.width === 'any' ||
    (rights.width === 'selective' && isSelective(filter, isIdentifierValue)) ||
    (rights.width === 'identifiers' && isLookUp(filter, isIdentifier, isIdentifierValue));
  if (narrow) return;
  throw new ItemRejection(
    'rjct.search_criteria.invalid',
    rights.width === 'identifiers'
      ? 'Only identifiers may be looked up.'
      : 'The search is too wide: each alternative must name an identifier or another selective attribute exactly.',
  );
};

/**
 * Every `or` branch has a positive `eq` or `in` on a selective attribute; ranges, `ne`, `not`, `exists` and text under 3
 * characters do not count. An identifier counts whatever its length: who may search selectively may look up at least
 * what a partner of width `identifiers` may.
 */
const isSelective = (filter: Filter, isIdentifierValue: (compare: Compare) => boolean): boolean => {
  switch (filter.kind) {
    case 'and':
      return filter.of.some((each) => isSelective(each, isIdentifierValue));
    case 'or':
      return filter.of.length > 0 && filter.of.every((each) => isSelective(each, isIdentifierValue));
    case 'any':
      return isSelective(filter.of, isIdentifierValue);
    case 'compare':
      return isPositive(filter) && filter.attribute.selective && (isIdentifierValue(filter) || isLong(filter));
    case 'not':
    case 'everything':
      return false;
  }
};

const isPositive = ({ operator }: Compare): boolean => operator === 'eq' || operator === 'in';

const isLong = ({ values }: Compare): boolean =>
  values.every((value) => typeof value !== 'string' || Array.from(value).length >= SHORT_TEXT);

/** Nothing but identifiers, each branch naming values exactly. */
const isLookUp = (
  filter: Filter,
  isIdentifier: (compare: Compare) => boolean,
  isIdentifierValue: (compare: Compare) => boolean,
): boolean => {
  const inner = (each: Filter): boolean => isLookUp(each, isIdentifier, isIdentifierValue);
  switch (filter.kind) {
    case 'and':
      // Type and value of one row: the type alone would be no look-up.
      return filter.of.every((each) => inner(each) || isTypeTest(each, isIdentifier)) && filter.of.some(inner);
    case 'or':
      return filter.of.length > 0 && filter.of.every(inner);
    case 'any':
      return inner(filter.of);
    case 'compare':
      return isPositive(filter) && isIdentifierValue(filter);
    case 'not':
    case 'everything':
      return false;
  }
};

const isTypeTest = (filter: Filter, isIdentifier: (compare: Compare) => boolean): boolean =>
  filter.kind === 'compare' && isPositive(filter) && isIdentifier(filter);
