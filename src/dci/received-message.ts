/**
 * What others send to a receiver path (`on-search`, `notify`, receipts, …), read as leniently as it can be: only ids,
 * status and counts are taken, and nothing that is not understood refuses it (PROTOCOL 1 and 2).
 */

import { isJsonArray, isJsonObject, type JsonNode, JsonNumber, type JsonObject } from './json-node.ts';
import { LONGEST_ID } from './read-node.ts';

export interface ReceivedMessage {
  readonly transactionId: string | undefined;
  readonly correlationId: string | undefined;
  readonly subscriptionCodes: readonly string[];
  /** What the message has a list of, one object counting as one. */
  readonly items: readonly ReceivedItem[];
}

export interface ReceivedItem {
  readonly referenceId: string | undefined;
  readonly status: string | undefined;
}

/** Where the lists are, by message. */
const LISTS = [
  'search_response',
  'subscribe_response',
  'subscriptions',
  'notify_event',
  'notify_response',
  'receipt_information',
  'receipt_response',
  'receipt_request',
  'enrolled_updates',
  'txnstatus_response',
];

const MOST_ITEMS = 1_000;

/** Never throws: a message that is not understood has no ids. */
export const readReceivedMessage = (message: JsonObject): ReceivedMessage => ({
  transactionId: idOf(message.transaction_id),
  correlationId: idOf(message.correlation_id),
  subscriptionCodes: codesOf(message),
  items: LISTS.flatMap((name) => listOf(message[name])).slice(0, MOST_ITEMS),
});

const listOf = (node: JsonNode | undefined): readonly ReceivedItem[] => {
  const nodes = isJsonArray(node) ? node : [node];
  return nodes.filter(isJsonObject).map((item) => ({
    referenceId: idOf(item.reference_id ?? item.notify_id),
    status: idOf(item.status ?? item.ack_status),
  }));
};

const codesOf = (message: JsonObject): readonly string[] => {
  const named = [message.subscription_code, message.subscription_codes, message.sunscription_codes];
  const nodes = named.flatMap((node): readonly (JsonNode | undefined)[] => (isJsonArray(node) ? node : [node]));
  return [...new Set(nodes.map(idOf).filter((code) => code !== undefined))].slice(0, MOST_ITEMS);
};

const idOf = (node: JsonNode | undefined): string | undefined => {
  const text = node instanceof JsonNumber ? node.text : node;
  return typeof text === 'string' && text !== '' && text.length <= LONGEST_ID ? text : undefined;
};
