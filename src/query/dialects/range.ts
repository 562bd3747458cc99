/** Dialect 5 (PROTOCOL 6): `{"birthdate":{"type":"range","gte":…,"lte":…}}`. Several attributes are ANDed. */

import type { RawFilter } from '../../dci/filter.ts';
import { isJsonObject, type JsonNode, type JsonObject } from '../../dci/json-node.ts';
import type { Meter } from '../limits.ts';
import { dollarOperatorOf } from '../operators.ts';
import { badCriteria, quoted, unknownKey } from '../refuse.ts';
import { rawCompare } from './compare.ts';

export const isRange = (node: JsonNode | undefined): node is JsonObject => isJsonObject(node) && node.type === 'range';

/** The bounds of one attribute; at least one. Throws `ItemRejection` naming the attribute or key. */
export const decodeRange = (attribute: string, node: JsonObject, meter: Meter): RawFilter => {
  const of = Object.entries(node)
    .filter(([key]) => key !== 'type')
    .map(([key, value]) => {
      const operator = dollarOperatorOf(key);
      if (operator !== 'gt' && operator !== 'ge' && operator !== 'lt' && operator !== 'le') throw unknownKey(key);
      return rawCompare(attribute, operator, value, meter);
    });
  const [first] = of;
  if (first === undefined) throw badCriteria(`The range of ${quoted(attribute)} has no bound.`);
  if (of.length === 1) return first;
  meter.node();
  return { kind: 'and', of };
};
