/** The message of a txn-status request, read tolerantly (PROTOCOL 2 and 8). */

import { isJsonArray, type JsonNode, type JsonObject } from './json-node.ts';
import { malformed, readAliased, readId, readObject, readText } from './read-node.ts';

export type StatusAttribute = 'transaction_id' | 'reference_id_list' | 'correlation_id' | 'subscription_code_list';

export interface StatusRequest {
  readonly transactionId: string;
  readonly correlationId: string | undefined;
  /** Of the question; empty when absent. */
  readonly referenceId: string;
  /** `search`, `subscribe`, … in lower case; undefined: whatever is found. */
  readonly txnType: string | undefined;
  readonly attribute: StatusAttribute;
  /** What is asked for, each once; one for the attributes that are no list. */
  readonly values: readonly string[];
}

const LONGEST_NAME = 99;

/** Spellings seen in the field; compared without case, `-` as `_`. */
const ATTRIBUTES: ReadonlyMap<string, StatusAttribute> = new Map([
  ['transaction_id', 'transaction_id'],
  ['reference_id_list', 'reference_id_list'],
  ['reference_id', 'reference_id_list'],
  ['correlation_id', 'correlation_id'],
  ['subscription_code_list', 'subscription_code_list'],
  ['subscription_codes', 'subscription_code_list'],
  ['subscription_code', 'subscription_code_list'],
  ['sunscription_codes', 'subscription_code_list'],
]);

const LISTS: ReadonlySet<StatusAttribute> = new Set(['reference_id_list', 'subscription_code_list']);

/**
 * Reads `message` of a status request. Without an attribute the request asks for its own transaction_id.
 *
 * @throws GatewayError `request.bad` when the schema does not fit or more than `maxItems` values are named.
 */
export const readStatusRequest = (message: JsonObject, maxItems: number): StatusRequest => {
  const transactionId = readId(message.transaction_id, 'message.transaction_id');
  if (transactionId === undefined) throw malformed('message.transaction_id is missing.');
  const correlationId = readId(message.correlation_id, 'message.correlation_id');
  const place = 'message.txnstatus_request';
  const asked = readAliased(message, 'txnstatus_request', ['txn_status_request', 'txnstatusrequest']);
  const question = readObject(isJsonArray(asked) && asked.length === 1 ? asked[0] : asked, place);
  if (question === undefined) throw malformed(`${place} is missing.`);
  const attribute = readAttribute(question, place);
  return {
    transactionId,
    correlationId,
    referenceId: readId(question.reference_id, `${place}.reference_id`) ?? '',
    txnType: readText(question.txn_type, `${place}.txn_type`, LONGEST_NAME)?.toLowerCase(),
    attribute: attribute ?? 'transaction_id',
    values:
      attribute === undefined
        ? [transactionId]
        : readValues(question.attribute_value, attribute, `${place}.attribute_value`, maxItems),
  };
};

const readAttribute = (question: JsonObject, place: string): StatusAttribute | undefined => {
  const text = readText(question.attribute_type, `${place}.attribute_type`, LONGEST_NAME);
  if (text === undefined && isAbsent(question.attribute_value)) return undefined;
  const attribute = ATTRIBUTES.get((text ?? '').toLowerCase().replaceAll('-', '_'));
  if (attribute === undefined) throw malformed(`${place}.attribute_type is unknown.`);
  return attribute;
};

const isAbsent = (node: JsonNode | undefined): boolean => node === undefined || node === null || node === '';

const readValues = (
  node: JsonNode | undefined,
  attribute: StatusAttribute,
  place: string,
  maxItems: number,
): readonly string[] => {
  const nodes = isJsonArray(node) ? node : [node];
  if (nodes.length > maxItems) throw malformed(`${place} has more than ${maxItems} values.`);
  if (nodes.length > 1 && !LISTS.has(attribute)) throw malformed(`${place} must be one id.`);
  const ids = nodes.map((each) => readId(each, place));
  const known = ids.filter((id) => id !== undefined);
  if (known.length === 0 || known.length < ids.length) throw malformed(`${place} is missing or empty.`);
  return [...new Set(known)];
};
