/** The message of an unsubscribe request (PROTOCOL 2 and 8). */

import type { JsonNode, JsonObject } from './json-node.ts';
import { isJsonArray } from './json-node.ts';
import { malformed, readAliased, readId } from './read-node.ts';
import { parseTimestamp } from './timestamps.ts';

export interface UnsubscribeRequest {
  readonly transactionId: string;
  readonly correlationId: string | undefined;
  /** As written, in their order, each once. */
  readonly codes: readonly string[];
  /** False when the timestamp is absent. */
  readonly timed: boolean;
}

/** @throws GatewayError `request.bad` when the schema does not fit or there are more than `maxItems` codes. */
export const readUnsubscribeRequest = (message: JsonObject, maxItems: number): UnsubscribeRequest => {
  const transactionId = readId(message.transaction_id, 'message.transaction_id');
  if (transactionId === undefined) throw malformed('message.transaction_id is missing.');
  const codes = readAliased(message, 'subscription_codes', [
    'subscription_code',
    'sunscription_codes',
    'sunscription_code',
  ]);
  const nodes: readonly JsonNode[] = isJsonArray(codes) ? codes : codes === undefined ? [] : [codes];
  if (nodes.length > maxItems) throw malformed(`message.subscription_codes has more than ${maxItems} codes.`);
  const read = nodes.map((node, index) => readId(node, `message.subscription_codes[${index}]`));
  const known = read.filter((code) => code !== undefined);
  if (known.length === 0) throw malformed('message.subscription_codes is missing or empty.');
  return {
    transactionId,
    correlationId: readId(message.correlation_id, 'message.correlation_id'),
    codes: [...new Set(known)],
    timed: hasTimestamp(readAliased(message, 'timestamp', ['timesstamp', 'timesatmp'])),
  };
};

const hasTimestamp = (node: JsonNode | undefined): boolean => {
  if (node === undefined || node === null || node === '') return false;
  if (typeof node === 'string' && parseTimestamp(node) !== undefined) return true;
  throw malformed('message.timestamp is not a timestamp.');
};
