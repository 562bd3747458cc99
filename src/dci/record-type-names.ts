/** Where a request names the record type that it means (PROTOCOL 2): all of these names must agree. */

import type { JsonObject } from './json-node.ts';
import { readText } from './read-node.ts';

const KEYS = ['reg_record_type', 'response_entity', 'notify_record_type'] as const;
const LONGEST_NAME = 99;

/** As written; one that is absent or empty names nothing. */
export const readRecordTypeNames = (criteria: JsonObject, place: string): readonly string[] =>
  KEYS.map((key) => readText(criteria[key], `${place}.${key}`, LONGEST_NAME)).filter((name) => name !== undefined);
