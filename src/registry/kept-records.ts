/** Records of an item that was kept, in any form that the standard has for them. */

import { isJsonArray, isJsonObject, type JsonNode, type JsonObject } from '../dci/json-node.ts';

/** `reg_records`: a list, or an object that stands for it (PROTOCOL 7). */
export const recordsIn = ({ data }: JsonObject): readonly JsonNode[] => {
  const records = isJsonObject(data) ? data.reg_records : undefined;
  if (isJsonArray(records)) return records;
  if (!isJsonObject(records)) return [];
  const { '@graph': graph } = records;
  return isJsonArray(graph) ? graph : [records];
};

export const countRecords = (items: readonly JsonObject[]): number =>
  items.reduce((sum, item) => sum + recordsIn(item).length, 0);
