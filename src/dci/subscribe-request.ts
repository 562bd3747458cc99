/** The message of a subscribe request, read tolerantly (PROTOCOL 2 and 8). Filters stay as received. */

import type { JsonNode, JsonObject } from './json-node.ts';
import { normaliseLocale } from './locale.ts';
import { readPurpose } from './purpose.ts';
import { malformed, readAliased, readId, readList, readObject, readText } from './read-node.ts';
import { readRecordTypeNames } from './record-type-names.ts';
import { parseTimestamp } from './timestamps.ts';

/** Codes an item of a subscribe request is rejected with; closed in the standard. */
export type SubscribeItemCode =
  | 'rjct.reference_id.invalid'
  | 'rjct.reference_id.duplicate'
  | 'rjct.timestamp.invalid'
  | 'rjct.notify_types.invalid'
  | 'rjct.notify_details.invalid'
  | 'rjct.event.already_subscribed';

export interface SubscribeRequest {
  readonly transactionId: string;
  readonly correlationId: string | undefined;
  readonly items: readonly SubscribeItem[];
}

export interface SubscribeItem {
  /** Empty when absent. */
  readonly referenceId: string;
  readonly locale: string | undefined;
  readonly regType: string | undefined;
  /** `reg_event_type` and the names of the record type, as written. */
  readonly eventType: string | undefined;
  readonly recordTypes: readonly string[];
  /** What the subscription is for, as it names it. */
  readonly purpose: string | undefined;
  readonly filter: JsonNode | undefined;
  /** A cron expression or a word; undefined: at once. */
  readonly frequency: string | undefined;
  /** Milliseconds since 1970. */
  readonly startAt: number | undefined;
  readonly endAt: number | undefined;
  /** Found while reading: this item is refused, the others still answer. */
  readonly rejection: { readonly code: SubscribeItemCode; readonly message: string } | undefined;
}

const LONGEST_NAME = 99;
const LONGEST_FREQUENCY = 200;
const MISSPELT_TIMESTAMP = ['timesstamp', 'timesatmp'];

/**
 * Reads `message` of a subscribe request; one `subscribe_criteria` in place of the list is a list of one.
 *
 * @throws GatewayError `request.bad` when the schema does not fit or there are more than `maxItems` items.
 */
export const readSubscribeRequest = (message: JsonObject, maxItems: number): SubscribeRequest => {
  const transactionId = readId(message.transaction_id, 'message.transaction_id');
  if (transactionId === undefined) throw malformed('message.transaction_id is missing.');
  const correlationId = readId(message.correlation_id, 'message.correlation_id');
  const alone = readAliased(message, 'subscribe_criteria', ['subscibe_criteria']);
  const listed = readAliased(message, 'subscribe_request', ['subscibe_request', 'subscribe', 'subscibe']);
  if (alone !== undefined && listed !== undefined) throw malformed('message has two subscribe requests.');
  const nodes = readList(listed, 'message.subscribe_request') ?? [];
  if (alone !== undefined) {
    const item = readCriteria(message, alone, transactionId, undefined, undefined, 'message.subscribe_criteria');
    return { transactionId, correlationId, items: [item] };
  }
  if (nodes.length === 0) throw malformed('message.subscribe_request is missing or empty.');
  if (nodes.length > maxItems) throw malformed(`message.subscribe_request has more than ${maxItems} items.`);
  const seen = new Set<string>();
  return { transactionId, correlationId, items: nodes.map((node, index) => readItem(node, index, seen)) };
};

const readItem = (node: JsonNode, index: number, seen: Set<string>): SubscribeItem => {
  const place = `subscribe_request[${index}]`;
  const item = readObject(node, place);
  if (item === undefined) throw malformed(`${place} must be an object.`);
  const referenceId = readId(item.reference_id, `${place}.reference_id`) ?? '';
  const rejection = itemRejection(referenceId, seen, readAliased(item, 'timestamp', MISSPELT_TIMESTAMP), place);
  seen.add(referenceId);
  const criteria = readAliased(item, 'subscribe_criteria', ['subscibe_criteria']);
  return readCriteria(
    item,
    criteria,
    referenceId,
    readLocale(item.locale, place),
    rejection,
    `${place}.subscribe_criteria`,
  );
};

const itemRejection = (
  referenceId: string,
  seen: ReadonlySet<string>,
  timestamp: JsonNode | undefined,
  place: string,
): SubscribeItem['rejection'] => {
  if (referenceId === '') return { code: 'rjct.reference_id.invalid', message: 'reference_id is missing.' };
  if (seen.has(referenceId))
    return { code: 'rjct.reference_id.duplicate', message: 'reference_id stands twice in this request.' };
  const { rejection } = readTime(timestamp, `${place}.timestamp`);
  if (rejection !== undefined) return rejection;
  return timestamp === undefined || timestamp === null || timestamp === ''
    ? { code: 'rjct.timestamp.invalid', message: 'timestamp is missing.' }
    : undefined;
};

const readCriteria = (
  around: JsonObject,
  node: JsonNode | undefined,
  referenceId: string,
  locale: string | undefined,
  rejection: SubscribeItem['rejection'],
  place: string,
): SubscribeItem => {
  const criteria = readObject(node, place);
  if (criteria === undefined) throw malformed(`${place} is missing.`);
  const name = (key: string): string | undefined => readText(criteria[key], `${place}.${key}`, LONGEST_NAME);
  const wanted = readFrequency(criteria.frequency, place);
  return {
    referenceId,
    locale: locale ?? readLocale(criteria.locale, place),
    regType: name('reg_type'),
    eventType: name('reg_event_type'),
    recordTypes: readRecordTypeNames(criteria, place),
    purpose: readPurpose([
      [criteria, place],
      [around, `${place}, beside it`],
    ]),
    filter: criteria.filter,
    frequency: wanted.frequency,
    startAt: wanted.start.at,
    endAt: wanted.end.at,
    rejection: rejection ?? wanted.start.rejection ?? wanted.end.rejection,
  };
};

const readFrequency = (node: JsonNode | undefined, place: string) => {
  const named = typeof node === 'string' ? node : undefined;
  const range = named === undefined ? readObject(node, `${place}.frequency`) : undefined;
  return {
    frequency: readText(named ?? range?.frequency, `${place}.frequency.frequency`, LONGEST_FREQUENCY)?.trim(),
    start: readTime(range?.start_time, `${place}.frequency.start_time`),
    end: readTime(range?.end_time, `${place}.frequency.end_time`),
  };
};

/** A time without a zone is refused here, unlike on search: a range would mean another one (PROTOCOL 2). */
const readTime = (node: JsonNode | undefined, place: string): Pick<SubscribeItem, 'rejection'> & { at?: number } => {
  const text = readText(node, place, LONGEST_NAME);
  if (text === undefined) return { rejection: undefined };
  const time = parseTimestamp(text);
  if (time === undefined) throw malformed(`${place} is not a timestamp.`);
  if (time.zoned) return { at: time.at, rejection: undefined };
  return { rejection: { code: 'rjct.timestamp.invalid', message: `${place} must name its zone.` } };
};

/** As on search; `en` and `ENG` are normalised here (PROTOCOL 2). */
const readLocale = (node: JsonNode | undefined, place: string): string | undefined => {
  const text = readText(node, `${place}.locale`, LONGEST_NAME);
  if (text === undefined) return undefined;
  const locale = normaliseLocale(text.length === 3 ? text.toLowerCase() : text) ?? normaliseLocale(`${text}-XX`);
  if (locale === undefined) throw malformed(`${place}.locale must be three lower-case letters.`);
  return locale;
};
