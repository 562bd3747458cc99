/** A query in the caller's words → the same in attributes and typed values (PROTOCOL 6). */

import type { Attribute, RecordModel } from '../dci/attribute.ts';
import type { Filter, RawFilter } from '../dci/filter.ts';
import { type ResolveContext, resolveCompare } from './compare.ts';
import { findList } from './names.ts';
import { unknownAttribute } from './refuse.ts';
import { allOf, andConditions, type Condition, orConditions } from './same-item.ts';

export { resolveProjection, type SelectedField } from './resolve-projection.ts';
export { type ResolvedSortKey, resolveSort } from './resolve-sort.ts';

export interface ResolveOptions {
  /** `YYYY-MM-DD` in UTC: ages are counted to this day. */
  readonly today: string;
  /**
   * Whether the caller may ask for an attribute. One it may not ask for is unknown, before a complaint about its
   * operators or values could tell that it exists. Absent: all (row filters, which the operator writes).
   */
  readonly may?: (attribute: Attribute) => boolean;
}

/**
 * Throws `ItemRejection` (`rjct.search_criteria.invalid`) for an unknown attribute, an operator that its source cannot
 * express, a value that is none of its type or of its closed code list. The result never finds more than the query says.
 */
export const resolveFilter = (raw: RawFilter, model: RecordModel, options: ResolveOptions): Filter => {
  const { today, may = () => true } = options;
  return resolve(raw, { model, today, may, bound: undefined, spans: { count: 0 } }, true);
};

/** `joins`: whether neighbours in an `and` share an item, see same-item.ts. */
const resolve = (raw: RawFilter, context: ResolveContext, joins: boolean): Filter => {
  switch (raw.kind) {
    case 'everything':
      return raw;
    case 'or':
      return { kind: 'or', of: raw.of.map((each) => resolve(each, context, joins)) };
    case 'not':
      return { kind: 'not', of: resolve(raw.of, context, !joins) };
    case 'any': {
      const list = findList(context.bound === undefined ? raw.list : `${context.bound}.${raw.list}`, context.model);
      if (list === undefined) throw unknownAttribute(raw.list);
      return { kind: 'any', list, of: resolve(raw.of, { ...context, bound: list }, joins) };
    }
    case 'identifier':
      return resolveIdentifier(raw.type, raw.value, context);
    default:
      return andConditions(
        (raw.kind === 'and' ? raw.of : [raw]).map((each) => toCondition(each, context, joins)),
        context.bound,
        joins,
      );
  }
};

const toCondition = (raw: RawFilter, context: ResolveContext, joins: boolean): Condition => {
  if (raw.kind === 'compare') return resolveCompare(raw, context);
  if (raw.kind !== 'or') return { kind: 'whole', filter: resolve(raw, context, joins) };
  return orConditions(
    raw.of.map((each) => toCondition(each, context, joins)),
    context.bound,
    joins,
  );
};

/** Type and value on the same row of the record's own identifiers. */
const resolveIdentifier = (type: string | undefined, value: string, context: ResolveContext): Filter => {
  const { bound, model } = context;
  const list = bound === undefined ? model.identifiers : undefined;
  const members = [
    ...(type === undefined ? [] : ([['identifier_type', type]] as const)),
    ['identifier_value', value] as const,
  ];
  const missing = members.some(([name]) => {
    const attribute = list === undefined ? undefined : model.attributes.get(`${list}.${name}`);
    return attribute === undefined || !context.may(attribute);
  });
  if (list === undefined || missing) throw unknownAttribute('identifier');
  const inList = { ...context, bound: list, may: () => true }; // judged above, both under the one name "identifier"
  const of = members.map(
    ([attribute, text]) => resolveCompare({ kind: 'compare', attribute, operator: 'eq', value: text }, inList).filter,
  );
  return { kind: 'any', list, of: allOf(of) };
};
