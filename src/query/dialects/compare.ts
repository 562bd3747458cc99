/** One predicate as every dialect has it: attribute, operator, value. */

import type { Operator, RawCompare } from '../../dci/filter.ts';
import { isJsonArray, isJsonObject, type JsonNode } from '../../dci/json-node.ts';
import type { Meter } from '../limits.ts';
import { badCriteria, badValue, quoted, unknownKey } from '../refuse.ts';

/**
 * A predicate whose value has the shape its operator needs: a list of plain values for `in` and `nin`, else one plain
 * value. Throws `ItemRejection` naming the attribute.
 */
export const rawCompare = (attribute: string, operator: Operator, value: JsonNode, meter: Meter): RawCompare => {
  meter.predicate();
  if (operator === 'in' || operator === 'nin') {
    if (!isJsonArray(value) || value.length === 0 || !value.every(isPlain))
      throw badValue(attribute, 'a list of values');
    if (value.length > meter.limits.inValues) {
      throw badCriteria(`Over ${meter.limits.inValues} values for attribute ${quoted(attribute)}.`);
    }
  } else if (!isPlain(value)) {
    throw badValue(attribute, 'text, a number, true or false');
  }
  return { kind: 'compare', attribute, operator, value };
};

/** Text, a number or a boolean. */
export const isPlain = (node: JsonNode | undefined): boolean =>
  node !== undefined && node !== null && !isJsonArray(node) && !isJsonObject(node);

/** Refuses a key that the form does not know: ignoring one would widen the result. */
export const refuseOtherKeys = (node: { readonly [key: string]: JsonNode }, known: readonly string[]): void => {
  const other = Object.keys(node).find((key) => !known.includes(key));
  if (other !== undefined) throw unknownKey(other);
};
