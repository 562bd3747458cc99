/**
 * Dialect 2 (PROTOCOL 6): `[{"seq_num","expression1","condition","expression2"}]`. An item is
 * `(expression1 [condition expression2])`, `not` meaning "expression1 and not expression2"; items are ANDed.
 */

import type { RawFilter } from '../../dci/filter.ts';
import { isJsonObject, type JsonNode, JsonNumber, type JsonObject } from '../../dci/json-node.ts';
import type { Meter } from '../limits.ts';
import { operatorOf } from '../operators.ts';
import { badCriteria, quoted } from '../refuse.ts';
import { rawCompare, refuseOtherKeys } from './compare.ts';

/** Throws `ItemRejection` for every key, condition or expression it does not know: ignoring one would widen the result. */
export const decodePredicateList = (nodes: readonly JsonNode[], meter: Meter): RawFilter => {
  const items = nodes.map((node) => {
    if (!isJsonObject(node)) throw badCriteria('Each item of the predicate list must be an object.');
    refuseOtherKeys(node, ['seq_num', 'expression1', 'condition', 'expression2']);
    return { order: sequence(node.seq_num), node };
  });
  const of = items.sort((a, b) => a.order - b.order).map(({ node }) => decodeItem(node, meter));
  const [only] = of;
  if (only !== undefined && of.length === 1) return only;
  meter.node();
  return { kind: 'and', of };
};

const decodeItem = (item: JsonObject, meter: Meter): RawFilter => {
  const condition = readCondition(item.condition);
  const first = decodeExpression('expression1', item.expression1, meter);
  if (isAbsent(item.expression2)) {
    // An `or` or `not` that leads nowhere was meant to widen or to exclude something we were not told.
    if (condition === 'or' || condition === 'not') throw badCriteria('A "condition" of or / not needs "expression2".');
    return first;
  }
  const second = decodeExpression('expression2', item.expression2, meter);
  meter.node();
  switch (condition) {
    case undefined:
      throw badCriteria('"expression2" needs a "condition".');
    case 'not':
      meter.node();
      return { kind: 'and', of: [first, { kind: 'not', of: second }] };
    default:
      return { kind: condition, of: [first, second] };
  }
};

const decodeExpression = (name: string, node: JsonNode | undefined, meter: Meter): RawFilter => {
  if (!isJsonObject(node)) throw badCriteria(`${quoted(name)} must be an object.`);
  refuseOtherKeys(node, ['attribute_name', 'operator', 'attribute_value']);
  const { attribute_name: attribute, operator, attribute_value: value } = node;
  if (typeof attribute !== 'string') throw badCriteria('"attribute_name" must be a text.');
  const known = typeof operator === 'string' ? operatorOf(operator) : undefined;
  if (known === undefined) throw unknownOperator(operator);
  if (value === undefined) throw badCriteria('"attribute_value" is missing.');
  return rawCompare(attribute, known, value, meter);
};

/** Shared by the dialects that name operators in a text. */
export const unknownOperator = (operator: JsonNode | undefined): Error =>
  badCriteria(typeof operator === 'string' ? `Unknown operator ${quoted(operator)}.` : '"operator" must be a text.');

const readCondition = (node: JsonNode | undefined): 'and' | 'or' | 'not' | undefined => {
  if (isAbsent(node)) return undefined;
  const text = typeof node === 'string' ? node.toLowerCase() : undefined;
  if (text === 'and' || text === 'or' || text === 'not') return text;
  throw badCriteria('"condition" must be and, or, not.');
};

/** Items without a number keep their place behind those with one. */
const sequence = (node: JsonNode | undefined): number => {
  if (isAbsent(node)) return Number.MAX_VALUE;
  const text = node instanceof JsonNumber ? node.text : node;
  if (typeof text === 'string' && /^-?\d{1,9}(\.\d{1,9})?$/.test(text)) return Number(text);
  throw badCriteria('"seq_num" must be a number.');
};

const isAbsent = (node: JsonNode | undefined): boolean => node === undefined || node === null || node === '';
