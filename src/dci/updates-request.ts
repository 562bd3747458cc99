/** The message of enrollment updates: data for the registry (PROTOCOL 1 and 9). */

import { isJsonObject, type JsonObject } from './json-node.ts';
import { malformed, readAliased, readId, readList, readObject, readText } from './read-node.ts';

export interface UpdatesRequest {
  readonly transactionId: string;
  readonly correlationId: string | undefined;
  /** What the sender calls them: `enrolled`, `updated`. */
  readonly receiptType: string | undefined;
  readonly beneficiaries: readonly JsonObject[];
  /** What `beneficiaries` was read from. */
  readonly updates: JsonObject;
}

const LONGEST_NAME = 99;

/** @throws GatewayError `request.bad` when the schema does not fit or there are more than `maxItems` beneficiaries */
export const readUpdatesRequest = (message: JsonObject, maxItems: number): UpdatesRequest => {
  const transactionId = readId(message.transaction_id, 'message.transaction_id');
  if (transactionId === undefined) throw malformed('message.transaction_id is missing.');
  const place = 'message.enrolled_updates';
  const updates = readObject(readAliased(message, 'enrolled_updates', ['receipt_information']), place);
  if (updates === undefined) throw malformed(`${place} is missing.`);
  const nodes = readList(updates.beneficiaries, `${place}.beneficiaries`) ?? [];
  if (nodes.length === 0) throw malformed(`${place}.beneficiaries is missing or empty.`);
  if (nodes.length > maxItems) throw malformed(`${place}.beneficiaries has more than ${maxItems} items.`);
  return {
    transactionId,
    correlationId: readId(message.correlation_id, 'message.correlation_id'),
    receiptType: readText(updates.receipt_type, `${place}.receipt_type`, LONGEST_NAME),
    beneficiaries: nodes.map((node, index) => {
      if (!isJsonObject(node)) throw malformed(`${place}.beneficiaries[${index}] must be an object.`);
      return node;
    }),
    updates,
  };
};
