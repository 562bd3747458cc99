/**
 * One query in any of the six dialects → `RawFilter` (PROTOCOL 6). The shape decides, never `query_type`: senders mislabel.
 */

import type { RawFilter } from '../dci/filter.ts';
import { isJsonArray, isJsonObject, type JsonNode, type JsonObject } from '../dci/json-node.ts';
import { refuseOtherKeys } from './dialects/compare.ts';
import { decodeGraphql } from './dialects/graphql.ts';
import { decodeIdentifier, decodeIdentifiers, isEverything } from './dialects/identifier.ts';
import { decodeMongo, looksLikeMongo } from './dialects/mongo.ts';
import { decodePredicateList } from './dialects/predicate-list.ts';
import { decodeSeqOr } from './dialects/seq-or.ts';
import { Meter, type QueryLimits } from './limits.ts';
import { badCriteria, badFilter } from './refuse.ts';

export { countIdentifiers } from './count-identifiers.ts';

export interface DecodedQuery {
  readonly raw: RawFilter;
  /** As the query itself names it: Mongo's `collection`, GraphQL's root field. */
  readonly recordType?: string;
  /** Dotted paths as the query writes them. */
  readonly projection?: readonly string[];
}

export interface DecodeOptions {
  /** Whether `{"type":"*","value":"*"}` is accepted (subscriptions; never a search). */
  readonly everything?: boolean;
}

const WRAPPERS = 3; // type/value around expression around the query: none of the forms has more

/**
 * Decodes `search_criteria.query` or a subscription's `filter`. Throws `ItemRejection`: `rjct.filter.invalid` for no known
 * form, `rjct.search_criteria.invalid` for a known form with bad content or over a limit.
 */
export const decodeQuery = (query: JsonNode, limits: QueryLimits, options: DecodeOptions = {}): DecodedQuery => {
  if (options.everything === true && isEverything(query)) return { raw: { kind: 'everything' } };
  return decode(query, new Meter(limits), WRAPPERS);
};

const decode = (query: JsonNode | undefined, meter: Meter, wrappers: number): DecodedQuery => {
  if (typeof query === 'string' && /[{]/.test(query)) return decodeGraphql(query, meter);
  if (isJsonArray(query)) return { raw: decodeList(query, meter) };
  if (!isJsonObject(query)) throw badFilter();
  const has = (key: string): boolean => Object.hasOwn(query, key);
  if (isTypeValue(query)) return decodeTypeValue(query, meter, wrappers);
  if (has('expression1') || has('expression2')) return { raw: decodePredicateList([query], meter) };
  if (has('expression')) {
    refuseOtherKeys(query, ['expression']);
    return unwrap(query.expression, meter, wrappers);
  }
  if (has('seq') || has('or')) return { raw: decodeSeqOr(query, meter) };
  if (has('query')) return decodeCollection(query, meter);
  if (looksLikeMongo(query)) return { raw: decodeMongo(query, meter) };
  throw badFilter();
};

const isTypeValue = (query: JsonObject): boolean =>
  (Object.hasOwn(query, 'type') || isJsonObject(query.value) || isJsonArray(query.value)) &&
  Object.keys(query).every((key) => key === 'type' || key === 'value');

/** An identifier, or a wrapper whose `type` labels what lies in `value`. */
const decodeTypeValue = (query: JsonObject, meter: Meter, wrappers: number): DecodedQuery => {
  const { type, value } = query;
  const wraps = isJsonObject(value) || isJsonArray(value);
  const labelsGraphql = typeof type === 'string' && /(^|:)graphql$/i.test(type) && typeof value === 'string';
  if (wraps || labelsGraphql) return unwrap(value, meter, wrappers);
  return { raw: decodeIdentifier(query, meter) };
};

const unwrap = (inner: JsonNode | undefined, meter: Meter, wrappers: number): DecodedQuery => {
  if (wrappers === 0) throw badCriteria('The query is wrapped too often.');
  return decode(inner, meter, wrappers - 1);
};

const decodeCollection = (query: JsonObject, meter: Meter): DecodedQuery => {
  refuseOtherKeys(query, ['collection', 'query']);
  const { collection } = query;
  if (collection !== undefined && typeof collection !== 'string') throw badCriteria('"collection" must be a text.');
  const raw = decodeMongo(query.query, meter);
  return collection === undefined || collection === '' ? { raw } : { raw, recordType: collection };
};

const decodeList = (list: readonly JsonNode[], meter: Meter): RawFilter => {
  const some = (...keys: readonly string[]): boolean =>
    list.some((each) => isJsonObject(each) && keys.some((key) => Object.hasOwn(each, key)));
  if (some('expression1', 'expression2')) return decodePredicateList(list, meter);
  if (some('type', 'value')) return decodeIdentifiers(list, meter);
  throw badFilter();
};
