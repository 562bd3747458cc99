/**
 * Holds every comparison of identifiers to the types that the partner may search, on the same row (PROTOCOL 3, 6): for it,
 * rows of other types are not there. A type that is named and not allowed forbids the request.
 */

import type { Attribute, RecordModel } from '../dci/attribute.ts';
import type { Compare, Filter, Operator, Scalar } from '../dci/filter.ts';
import { GatewayError } from '../errors.ts';
import type { RegistryRights } from '../security/rights.ts';
import { type IdentifierMember, identifierMember, type Models } from './allowed.ts';

interface Context {
  readonly rights: RegistryRights;
  readonly models: Models;
  readonly model: RecordModel;
}

export const limitIdentifiers = (filter: Filter, context: Context): Filter => limit(filter, context, []);

const limit = (filter: Filter, context: Context, bound: readonly string[]): Filter => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, of: filter.of.map((each) => limit(each, context, bound)) };
    case 'not':
      return { kind: 'not', of: limit(filter.of, context, bound) };
    case 'any':
      return limitRow(filter, limit(filter.of, context, [...bound, filter.list]), context);
    case 'compare':
      return limitCompare(filter, context, bound);
    case 'everything':
      return filter;
  }
};

/** The row that an `any` looks at is of an allowed type, whatever else it says of it. */
const limitRow = (any: Extract<Filter, { kind: 'any' }>, of: Filter, context: Context): Filter => {
  const type = context.model.attributes.get(`${any.list}.identifier_type`);
  const member = type === undefined ? undefined : identifierMember(type, context.rights, context.models);
  if (type === undefined || member === undefined || member.list !== any.list) return { ...any, of };
  if (member.types === 'all' || namesType(of, type)) return { ...any, of };
  return { ...any, of: { kind: 'and', of: [typeIn(type, member.types), of] } };
};

/** A positive `eq` or `in` on the type: its values were found allowed. */
const namesType = (filter: Filter, type: Attribute): boolean => {
  if (filter.kind === 'and') return filter.of.some((each) => namesType(each, type));
  return filter.kind === 'compare' && filter.attribute.path === type.path && ['eq', 'in'].includes(filter.operator);
};

const limitCompare = (asked: Compare, context: Context, bound: readonly string[]): Filter => {
  const member = identifierMember(asked.attribute, context.rights, context.models);
  if (member === undefined || member.types === 'all') return asked;
  const compare = holdTypes(asked, member);
  if (bound.includes(member.list)) return compare;
  const type = context.model.attributes.get(`${member.list}.identifier_type`);
  if (type === undefined) throw new GatewayError('request.forbidden', { detail: 'identifier types cannot be told' });
  const types = member.types;
  const lists = compare.attribute.lists.filter((list) => !bound.includes(list) && isWithin(member.list, list));
  const row = (of: Filter): Filter =>
    lists.reduceRight((inner: Filter, list) => ({ kind: 'any', list, of: inner }), {
      kind: 'and',
      of: [typeIn(type, types), of],
    });
  const as = (operator: Operator): Compare => ({ ...compare, operator });
  switch (compare.operator) {
    // "There are values and none is", over the rows that this partner may see.
    case 'ne':
    case 'nin':
      return {
        kind: 'and',
        of: [row(compare), { kind: 'not', of: row(as(compare.operator === 'ne' ? 'eq' : 'in')) }],
      };
    case 'exists':
      return compare.values[0] === true ? row(compare) : { kind: 'not', of: row({ ...compare, values: [true] }) };
    default:
      return row(compare);
  }
};

/** Every type that is named is one of the partner's, in any case, and comes out as that one; else the request is forbidden. */
const holdTypes = (compare: Compare, { member, types }: IdentifierMember): Compare => {
  if (types === 'all') return compare;
  const named = member === 'identifier_type' && ['eq', 'ne', 'in', 'nin'].includes(compare.operator);
  const own = (value: Scalar): readonly string[] =>
    types.filter((type) => type.toLowerCase() === String(value).toLowerCase());
  if (types.length === 0 || (named && compare.values.some((value) => own(value).length === 0))) {
    throw new GatewayError('request.forbidden', { detail: 'identifier type not allowed' });
  }
  if (!named) return compare;
  const values = [...new Set(compare.values.flatMap(own))];
  const several = { eq: 'in', ne: 'nin' } as const;
  const { operator } = compare;
  return {
    ...compare,
    values,
    operator: values.length > 1 && (operator === 'eq' || operator === 'ne') ? several[operator] : operator,
  };
};

const typeIn = (type: Attribute, types: readonly string[]): Filter => ({
  kind: 'compare',
  attribute: type,
  operator: 'in',
  values: types,
});

const isWithin = (path: string, list: string): boolean => path === list || path.startsWith(`${list}.`);
