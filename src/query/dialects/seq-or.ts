/** Dialect 4 (PROTOCOL 6): `{"seq":[{"attribute","operator","value"},{"or":[{"seq":[…]}]}]}`; `seq` is AND. */

import type { RawFilter } from '../../dci/filter.ts';
import { isJsonArray, isJsonObject, type JsonNode, type JsonObject } from '../../dci/json-node.ts';
import type { Meter } from '../limits.ts';
import { operatorOf } from '../operators.ts';
import { badCriteria, quoted } from '../refuse.ts';
import { rawCompare, refuseOtherKeys } from './compare.ts';
import { unknownOperator } from './predicate-list.ts';

/** Throws `ItemRejection` for an empty list, a key it does not know, or `seq` and `or` side by side. */
export const decodeSeqOr = (node: JsonNode, meter: Meter): RawFilter => {
  if (!isJsonObject(node)) throw badCriteria('Each item of "seq" and "or" must be an object.');
  if (Object.hasOwn(node, 'seq')) return decodeList('seq', node, meter);
  return Object.hasOwn(node, 'or') ? decodeList('or', node, meter) : decodeLeaf(node, meter);
};

const decodeList = (key: 'seq' | 'or', node: JsonObject, meter: Meter): RawFilter => {
  refuseOtherKeys(node, [key]);
  const list = node[key];
  if (!isJsonArray(list) || list.length === 0) throw badCriteria(`${quoted(key)} must be a list with conditions.`);
  meter.node();
  const of = list.map((each) => decodeSeqOr(each, meter));
  const [only] = of;
  return only !== undefined && of.length === 1 ? only : { kind: key === 'seq' ? 'and' : 'or', of };
};

const decodeLeaf = (node: JsonObject, meter: Meter): RawFilter => {
  refuseOtherKeys(node, ['attribute', 'operator', 'value']);
  const { attribute, operator, value } = node;
  if (typeof attribute !== 'string') throw badCriteria('"attribute" must be a text.');
  const known = typeof operator === 'string' ? operatorOf(operator) : undefined;
  if (known === undefined) throw unknownOperator(operator);
  if (value === undefined) throw badCriteria(`"value" of ${quoted(attribute)} is missing.`);
  return rawCompare(attribute, known, value, meter);
};
