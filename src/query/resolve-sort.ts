/** `sort: [{"attribute_name","sort_order"}]` → sort keys (PROTOCOL 6). */

import type { RecordModel } from '../dci/attribute.ts';
import { isJsonArray, isJsonObject, type JsonNode } from '../dci/json-node.ts';
import { ItemRejection } from '../errors.ts';
import { findAttribute } from './names.ts';
import { badSort } from './refuse.ts';

export interface ResolvedSortKey {
  /** Canonical path of a sortable attribute. */
  readonly path: string;
  readonly direction: 'asc' | 'desc';
  /** As the caller wrote it, for messages. */
  readonly written: string;
}

const MOST_KEYS = 10; // more than any index or reader has use for

/** One object stands for a list of one; `""`, null and no list at all are no order. Throws `rjct.sort.invalid`. */
export const resolveSort = (sort: JsonNode | undefined, model: RecordModel): readonly ResolvedSortKey[] => {
  if (sort === undefined || sort === null || sort === '') return [];
  const list = isJsonArray(sort) ? sort : [sort];
  if (list.length > MOST_KEYS) throw malformed(`There are over ${MOST_KEYS} sort keys.`);
  return list.map((each) => resolveKey(each, model));
};

const resolveKey = (node: JsonNode, model: RecordModel): ResolvedSortKey => {
  if (!isJsonObject(node) || Object.keys(node).some((key) => key !== 'attribute_name' && key !== 'sort_order')) {
    throw malformed('A sort key has "attribute_name" and "sort_order".');
  }
  const { attribute_name: name, sort_order: order } = node;
  if (typeof name !== 'string') throw malformed('"attribute_name" of a sort key must be a text.');
  const attribute = findAttribute(name, model);
  if (attribute === undefined || !attribute.sortable) throw badSort(name);
  return { path: attribute.path, direction: readDirection(order), written: name };
};

const readDirection = (order: JsonNode | undefined): 'asc' | 'desc' => {
  if (order === undefined || order === null || order === '') return 'asc';
  const text = typeof order === 'string' ? order.toLowerCase() : undefined;
  if (text === 'asc' || text === 'desc') return text;
  throw malformed('"sort_order" must be asc or desc.');
};

const malformed = (message: string): ItemRejection => new ItemRejection('rjct.sort.invalid', message);
