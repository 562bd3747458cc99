/**
 * Dialect 3 (PROTOCOL 6): `{"collection":"Group","query":{"$and":[{"poverty_score":{"$lt":5}}]}}`, also the query alone.
 * Also carries ranges (dialect 5), which are conditions of one attribute like its own.
 */

import type { RawFilter } from '../../dci/filter.ts';
import { isJsonArray, isJsonObject, type JsonNode, type JsonObject } from '../../dci/json-node.ts';
import type { Meter } from '../limits.ts';
import { dollarOperatorOf } from '../operators.ts';
import { badCriteria, quoted } from '../refuse.ts';
import { isPlain, rawCompare } from './compare.ts';
import { decodeRange, isRange } from './range.ts';

/** A query object: its members are ANDed. Throws `ItemRejection`; an empty object is refused, it would mean everybody. */
export const decodeMongo = (node: JsonNode | undefined, meter: Meter): RawFilter => {
  if (!isJsonObject(node)) throw badCriteria('"query" must be an object.');
  return together(
    'and',
    Object.entries(node).map(([key, value]) => decodeMember(key, value, meter)),
    meter,
  );
};

/** Whether an object that stands alone is a query of this form: connectives, conditions with operators, or plain equalities. */
export const looksLikeMongo = (node: JsonObject): boolean => {
  const values = Object.values(node);
  if (values.length === 0) return false;
  if (Object.keys(node).some((key) => key.startsWith('$')) || values.some(isRange)) return true;
  return values.every(isPlain) || values.some(holdsOperator);
};

const holdsOperator = (node: JsonNode): boolean =>
  isJsonObject(node) && Object.keys(node).some((key) => key.startsWith('$') || dollarOperatorOf(key) !== undefined);

const decodeMember = (key: string, value: JsonNode, meter: Meter): RawFilter => {
  switch (key) {
    case '$and':
      return together('and', decodeList(key, value, meter), meter);
    case '$or':
      return together('or', decodeList(key, value, meter), meter);
    case '$nor':
      return negated(together('or', decodeList(key, value, meter), meter), meter);
    case '$not':
      return negated(decodeMongo(value, meter), meter);
    default:
      if (key.startsWith('$')) throw badCriteria(`Unknown operator ${quoted(key)}.`);
      return decodeCondition(key, value, meter);
  }
};

const decodeList = (key: string, value: JsonNode, meter: Meter): RawFilter[] => {
  if (!isJsonArray(value)) throw badCriteria(`${quoted(key)} must be a list.`);
  return value.map((each) => {
    // A level of nesting costs a node, which bounds the recursion also where one-member lists leave no node behind.
    meter.node();
    return decodeMongo(each, meter);
  });
};

const decodeCondition = (attribute: string, node: JsonNode, meter: Meter): RawFilter => {
  if (isRange(node)) return decodeRange(attribute, node, meter);
  if (!isJsonObject(node)) return rawCompare(attribute, 'eq', node, meter);
  const of = Object.entries(node).map(([key, value]) => {
    if (key === '$not') {
      if (!isJsonObject(value)) throw badCriteria(`"$not" of ${quoted(attribute)} must be an object.`);
      meter.node();
      return negated(decodeCondition(attribute, value, meter), meter);
    }
    const operator = dollarOperatorOf(key);
    if (operator === undefined)
      throw badCriteria(`Unknown operator ${quoted(key)} for attribute ${quoted(attribute)}.`);
    return rawCompare(attribute, operator, value, meter);
  });
  return together('and', of, meter);
};

const together = (kind: 'and' | 'or', of: readonly RawFilter[], meter: Meter): RawFilter => {
  const [first] = of;
  if (first === undefined) throw badCriteria('An empty list or object of conditions is refused.');
  if (of.length === 1) return first;
  meter.node();
  return { kind, of };
};

const negated = (of: RawFilter, meter: Meter): RawFilter => {
  meter.node();
  return { kind: 'not', of };
};
