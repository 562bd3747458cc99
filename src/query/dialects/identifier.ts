/** Dialect 1 (PROTOCOL 6): `{"type":"UIN","value":"123"}`, or a list of such: any of them. */

import type { RawFilter } from '../../dci/filter.ts';
import { isJsonObject, type JsonNode, JsonNumber } from '../../dci/json-node.ts';
import type { Meter } from '../limits.ts';
import { badCriteria } from '../refuse.ts';
import { refuseOtherKeys } from './compare.ts';

/** One look-up. Numbers keep the text they were written in. Throws `ItemRejection` naming the key. */
export const decodeIdentifier = (node: JsonNode, meter: Meter): RawFilter => {
  if (!isJsonObject(node)) throw badCriteria('An identifier has "type" and "value".');
  refuseOtherKeys(node, ['type', 'value']);
  meter.node();
  const type = node.type;
  if (typeof type !== 'string' || type === '') throw badCriteria('The identifier\'s "type" must be a text.');
  const value = node.value instanceof JsonNumber ? node.value.text : node.value;
  if (typeof value !== 'string' || value === '') {
    throw badCriteria('The identifier\'s "value" must be a text or a number.');
  }
  if (type === '*') throw badCriteria('A search for everything is not accepted here.');
  return { kind: 'identifier', type, value };
};

/** Several look-ups in one query mean: one of these. */
export const decodeIdentifiers = (nodes: readonly JsonNode[], meter: Meter): RawFilter => {
  if (nodes.length > meter.limits.identifiersPerList) {
    throw badCriteria(`The list has over ${meter.limits.identifiersPerList} identifiers.`);
  }
  const of = nodes.map((node) => decodeIdentifier(node, meter));
  const [only] = of;
  return only !== undefined && of.length === 1 ? only : { kind: 'or', of };
};

/** `{"type":"*","value":"*"}`: every record, for callers that allow it. */
export const isEverything = (node: JsonNode): boolean =>
  isJsonObject(node) && Object.keys(node).length === 2 && node.type === '*' && node.value === '*';
