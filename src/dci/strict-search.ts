/** Whether a search request stands in the standard's own form, letter by letter: nothing of it was read leniently (PROTOCOL 2). */

import { isJsonArray, isJsonObject, type JsonNode, JsonNumber, type JsonObject } from './json-node.ts';

type Test = (node: JsonNode) => boolean;

const text: Test = (node) => typeof node === 'string' && node !== '' && node.length <= 2048;
const exactly =
  (...values: readonly string[]): Test =>
  (node) =>
    typeof node === 'string' && values.includes(node);
const count: Test = (node) => node instanceof JsonNumber && /^(0|[1-9]\d{0,8})$/.test(node.text);
const object: Test = isJsonObject;
/** With its zone. */
const time: Test = (node) =>
  typeof node === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/.test(node);

/** An object with these members and no others. */
const members =
  (required: Readonly<Record<string, Test>>, optional: Readonly<Record<string, Test>> = {}): Test =>
  (node) =>
    isJsonObject(node) &&
    Object.keys(required).every((key) => Object.hasOwn(node, key)) &&
    Object.entries(node).every(([key, value]) => {
      const test = Object.hasOwn(required, key)
        ? required[key]
        : Object.hasOwn(optional, key)
          ? optional[key]
          : undefined;
      return test?.(value) === true;
    });

const header = members(
  {
    ...{ version: exactly('1.0.0'), message_id: text, message_ts: time, action: exactly('search'), sender_id: text },
    total_count: count,
  },
  { sender_uri: text, receiver_id: text, is_msg_encrypted: (node) => node === false, meta: object },
);

const identifier = members({ type: text, value: text });

/** The form that `query_type` says, which senders mislabel. */
const queryFits = ({ query_type: type, query = null }: JsonObject): boolean => {
  if (type === 'idtype-value') return identifier(query);
  if (type === 'predicate') return isJsonArray(query);
  return type === 'expression' && isJsonObject(query) && expression(query);
};

const expression = ({ type = null, value = null, ...query }: JsonObject): boolean => {
  if (type === 'ns:org:QueryType:expression') return isJsonObject(value) && Object.keys(query).length === 0;
  return type === null && value === null && (isJsonArray(query.seq ?? null) || isJsonObject(query.expression));
};

const criteria: Test = (node) =>
  members(
    { query_type: text, query: () => true, pagination: members({ page_size: count, page_number: count }) },
    {
      ...{
        version: exactly('1.0.0'),
        reg_type: text,
        reg_event_type: text,
        reg_record_type: text,
        response_entity: text,
      },
      ...{ sort: isJsonArray, consent: object, authorize: object },
    },
  )(node) &&
  isJsonObject(node) &&
  queryFits(node);

const item = members(
  { reference_id: text, timestamp: time, search_criteria: criteria },
  { locale: (node) => typeof node === 'string' && /^[a-z]{3}$/.test(node) },
);

const message = members(
  { transaction_id: text, search_request: (node) => isJsonArray(node) && node.length > 0 && node.every(item) },
  { correlation_id: text },
);

const envelope = members({ header, message, signature: (node) => typeof node === 'string' });

export const isStrictSearch = (root: JsonObject): boolean => envelope(root);
