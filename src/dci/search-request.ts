/** The message of a search request, read tolerantly (PROTOCOL 2), refused as PROTOCOL 3 says. Queries stay as received. */

import type { SearchItemCode } from '../errors.ts';
import type { JsonNode, JsonObject } from './json-node.ts';
import { normaliseLocale } from './locale.ts';
import { readPurpose } from './purpose.ts';
import {
  LARGEST_INTEGER,
  malformed,
  readAliased,
  readId,
  readInteger,
  readList,
  readObject,
  readText,
} from './read-node.ts';
import { readRecordTypeNames } from './record-type-names.ts';
import { parseTimestamp } from './timestamps.ts';

export interface SearchRequest {
  readonly transactionId: string;
  /** The caller's, when it has one. */
  readonly correlationId: string | undefined;
  readonly items: readonly SearchItem[];
}

export interface SearchItem {
  /** Empty when absent. */
  readonly referenceId: string;
  readonly locale: string | undefined;
  readonly regType: string | undefined;
  /** Names of the record type, as written. */
  readonly recordTypes: readonly string[];
  /** What the request is made for, as it names it. */
  readonly purpose: string | undefined;
  readonly query: JsonNode | undefined;
  readonly sort: JsonNode | undefined;
  /** From 1. */
  readonly pageNumber: number;
  /** Undefined: the default. */
  readonly pageSize: number | undefined;
  /** Found while reading: this item is refused, the others still answer. */
  readonly rejection: { readonly code: SearchItemCode; readonly message: string } | undefined;
}

const LONGEST_NAME = 99;

/** As the specs' own examples misspell it. */
const MISSPELT_TIMESTAMP = ['timesstamp', 'timesatmp'];

/**
 * Reads `message` of a search request.
 *
 * @throws GatewayError `request.bad` when the schema does not fit or there are more than `maxItems` items.
 */
export const readSearchRequest = (message: JsonObject, maxItems: number): SearchRequest => {
  const transactionId = readId(message.transaction_id, 'message.transaction_id');
  if (transactionId === undefined) throw malformed('message.transaction_id is missing.');
  const correlationId = readId(message.correlation_id, 'message.correlation_id');
  const nodes = readList(message.search_request, 'message.search_request');
  if (nodes === undefined || nodes.length === 0) throw malformed('message.search_request is missing or empty.');
  if (nodes.length > maxItems) throw malformed(`message.search_request has more than ${maxItems} items.`);
  const seen = new Set<string>();
  return { transactionId, correlationId, items: nodes.map((node, index) => readItem(node, index, seen)) };
};

const readItem = (node: JsonNode, index: number, seen: Set<string>): SearchItem => {
  const place = `search_request[${index}]`;
  const item = readObject(node, place);
  if (item === undefined) throw malformed(`${place} must be an object.`);
  const criteria = readObject(item.search_criteria, `${place}.search_criteria`);
  if (criteria === undefined) throw malformed(`${place}.search_criteria is missing.`);
  const referenceId = readId(item.reference_id, `${place}.reference_id`) ?? '';
  const duplicate = seen.has(referenceId);
  seen.add(referenceId);
  const name = (key: string): string | undefined =>
    readText(criteria[key], `${place}.search_criteria.${key}`, LONGEST_NAME);
  return {
    referenceId,
    locale: readLocale(item.locale, place),
    regType: name('reg_type'),
    recordTypes: readRecordTypeNames(criteria, `${place}.search_criteria`),
    purpose: readPurpose([
      [criteria, `${place}.search_criteria`],
      [item, place],
    ]),
    query: criteria.query,
    sort: criteria.sort,
    ...readPagination(item, criteria, place),
    rejection: itemRejection(
      referenceId,
      duplicate,
      hasTimestamp(readAliased(item, 'timestamp', MISSPELT_TIMESTAMP), place),
    ),
  };
};

const itemRejection = (referenceId: string, duplicate: boolean, timed: boolean): SearchItem['rejection'] => {
  if (referenceId === '') return { code: 'rjct.reference_id.invalid', message: 'reference_id is missing.' };
  if (duplicate) return { code: 'rjct.reference_id.duplicate', message: 'reference_id stands twice in this request.' };
  if (!timed) return { code: 'rjct.timestamp.invalid', message: 'timestamp is missing.' };
  return undefined;
};

/** False when absent. Without a zone it is UTC (PROTOCOL 2). */
const hasTimestamp = (node: JsonNode | undefined, place: string): boolean => {
  if (node === undefined || node === null || node === '') return false;
  if (typeof node === 'string' && parseTimestamp(node) !== undefined) return true;
  throw malformed(`${place}.timestamp is not a timestamp.`);
};

const readLocale = (node: JsonNode | undefined, place: string): string | undefined => {
  const text = readText(node, `${place}.locale`, LONGEST_NAME);
  if (text === undefined) return undefined;
  const locale = normaliseLocale(text);
  if (locale === undefined) throw malformed(`${place}.locale must be three lower-case letters.`);
  return locale;
};

const readPagination = (
  item: JsonObject,
  criteria: JsonObject,
  place: string,
): Pick<SearchItem, 'pageNumber' | 'pageSize'> => {
  const inside = readObject(criteria.pagination, `${place}.search_criteria.pagination`);
  const beside = readObject(item.pagination, `${place}.pagination`);
  if (inside !== undefined && beside !== undefined) throw malformed(`${place} has two paginations.`);
  const pagination = inside ?? beside;
  const pageNumber = readInteger(pagination?.page_number) ?? 1;
  const pageSize = readInteger(pagination?.page_size);
  for (const [name, value = 1] of Object.entries({ page_number: pageNumber, page_size: pageSize })) {
    if (!(value >= 1)) throw malformed(`${place}: ${name} must be an integer from 1 to ${LARGEST_INTEGER}.`);
  }
  return { pageNumber, pageSize };
};
