/** One predicate: its name → attribute, its operator checked, its values in the attribute's type. */

import type { Attribute, RecordModel } from '../dci/attribute.ts';
import type { Filter, Operator, RawCompare, Scalar } from '../dci/filter.ts';
import { isJsonArray, type JsonNode } from '../dci/json-node.ts';
import { coerce, coerceBoolean, coercePart } from './coerce.ts';
import { findDerived } from './derived.ts';
import { expectedForm, TEXT_FORM } from './expected-form.ts';
import { compareInterval, type Interval } from './interval.ts';
import { findAttribute } from './names.ts';
import { badCriteria, badValue, unavailableOperator, unknownAttribute } from './refuse.ts';
import { type Condition, objectLists } from './same-item.ts';
import { dayBounds, readDate } from './times.ts';

export interface ResolveContext {
  readonly model: RecordModel;
  /** `YYYY-MM-DD` in UTC. */
  readonly today: string;
  /** Whether the caller may ask for it at all: judged before its operators and values, which would tell that it exists. */
  readonly may: (attribute: Attribute) => boolean;
  /** The list whose item an enclosing `any` looks at; names are relative to it. */
  readonly bound: string | undefined;
  /** Values that stand for spans, in the whole query. */
  readonly spans: { count: number };
}

/** Each is two conditions at least, and has to be found in the calendar: a registry would refuse more of them anyway. */
const MOST_SPANS = 2_000;

/** Throws `ItemRejection` naming the attribute as written. */
export const resolveCompare = (raw: RawCompare, context: ResolveContext): Condition => {
  const name = context.bound === undefined ? raw.attribute : `${context.bound}.${raw.attribute}`;
  const attribute = findAttribute(name, context.model);
  const derived = attribute === undefined ? findDerived(name, context.model, context.today) : undefined;
  const source = attribute ?? derived?.source;
  if (source === undefined || !context.may(source)) throw unknownAttribute(raw.attribute);
  if (context.bound !== undefined && !source.lists.includes(context.bound)) throw unknownAttribute(raw.attribute);
  if (raw.operator === 'exists') return resolveExists(raw, source);
  if (derived !== undefined) return compareIntervals(raw, source, derived.interval, context);
  if (!source.operators.has(raw.operator)) throw unavailableOperator(raw.attribute);
  const days = source.type === 'datetime' ? listOf(raw.value).map(dayOf) : [];
  if (days.length > 0 && days.every((day) => day !== undefined)) return compareIntervals(raw, source, dayOf, context);
  return comparePlain(raw, source);
};

const comparePlain = (raw: RawCompare, attribute: Attribute): Condition => {
  const { attribute: written } = raw;
  const values = [...new Set(listOf(raw.value).flatMap((node) => readValues(raw, node, attribute)))];
  const operator = values.length > 1 ? severalOf(raw.operator) : raw.operator;
  if (!attribute.operators.has(operator)) throw unavailableOperator(written);
  const filter: Filter = { kind: 'compare', attribute, operator, values, written };
  const whole = operator === 'ne' || operator === 'nin';
  return whole ? { kind: 'whole', filter } : { kind: 'item', lists: objectLists(attribute), filter };
};

const readValues = ({ operator, attribute: written }: RawCompare, node: JsonNode, attribute: Attribute): Scalar[] => {
  const part = operator === 'contains' || operator === 'startswith';
  const value = part ? coercePart(node) : coerce(node, attribute, isIdentifierType(attribute));
  if (value === undefined) throw badValue(written, part ? TEXT_FORM : expectedForm(attribute));
  const exact = operator === 'eq' || operator === 'ne' || operator === 'in' || operator === 'nin';
  const open = exact && attribute.codes?.open === true && attribute.operators.has(severalOf(operator));
  // Where text outside the list is a value too, a label or another case of a code may stand in the registry as it is
  // ("en", a label of code 1). A label of an identifier type names that type only: rights are given by type.
  const verbatim = open && typeof node === 'string' && typeof value === 'string' && node !== value;
  const spelled = !isIdentifierType(attribute) || String(node).toLowerCase() === String(value).toLowerCase();
  return verbatim && spelled ? [value, node] : [value];
};

const severalOf = (operator: Operator): Operator => (operator === 'eq' ? 'in' : operator === 'ne' ? 'nin' : operator);

const resolveExists = (raw: RawCompare, attribute: Attribute): Condition => {
  const written = raw.attribute;
  if (!attribute.operators.has('exists')) throw unavailableOperator(written);
  const wanted = coerceBoolean(raw.value);
  if (wanted === undefined) throw badValue(written, 'true or false');
  const filter: Filter = { kind: 'compare', attribute, operator: 'exists', values: [wanted], written };
  return wanted ? { kind: 'item', lists: objectLists(attribute), filter } : { kind: 'whole', filter };
};

const compareIntervals = (
  raw: RawCompare,
  source: Attribute,
  read: (node: JsonNode) => Interval | undefined,
  context: ResolveContext,
): Condition => {
  const nodes = listOf(raw.value);
  context.spans.count += nodes.length;
  if (context.spans.count > MOST_SPANS) throw badCriteria(`The query has over ${MOST_SPANS} days, ages or years.`);
  const intervals = nodes.map((node) => {
    const interval = read(node);
    if (interval === undefined) throw badValue(raw.attribute, 'a whole number of years'); // a day was read before
    return interval;
  });
  return compareInterval(source, raw.operator, intervals, raw.attribute, context.bound);
};

/** A day where an instant is asked for means all of it. */
const dayOf = (node: JsonNode): Interval | undefined => {
  const date = typeof node === 'string' && node.length === 10 ? readDate(node) : undefined;
  return date === undefined ? undefined : { ...dayBounds(date), open: true, descending: false };
};

const listOf = (value: JsonNode): readonly JsonNode[] => (isJsonArray(value) ? value : [value]);

/** Unknown and forbidden identifier types must read alike (PROTOCOL 3), so a closed code list refuses none here. */
const isIdentifierType = (attribute: Attribute): boolean => attribute.path.endsWith('.identifier_type');
