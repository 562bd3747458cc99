/** Reads the body and finds the envelope and its sender, who must be the token's partner (PROTOCOL 2 and 3). */

import { isJsonObject, type JsonObject } from '../dci/json-node.ts';
import { MOST_VALUES, parseJson } from '../dci/json-parse.ts';
import { idOf, malformed } from '../dci/read-node.ts';
import { readSenderId } from '../dci/request-header.ts';
import { decodeBody } from '../dci/utf8.ts';
import { GatewayError } from '../errors.ts';
import type { Partner } from '../security/partner.ts';
import type { Notes } from './notes.ts';
import type { Authenticated, Enveloped, Operation } from './stages.ts';

/** @throws GatewayError `request.bad`, `request.timeout`, `request.too_large`, `sender_id.invalid`, `request.forbidden` */
export const createParseEnvelope =
  (maxDepth: number) =>
  async (authenticated: Authenticated): Promise<Enveloped> => {
    const { operation, registryId, partner, scopes, notes } = authenticated;
    const text = decodeBody(await authenticated.readBody());
    const document = parseJson(text, { maxDepth, maxValues: MOST_VALUES });
    const { root } = document;
    if (!isJsonObject(root)) throw malformed('The body must be an object.');
    const { header, message } = root;
    if (!isJsonObject(header)) throw malformed('header is missing.');
    const absent = operation.receives === true && (message === undefined || message === null);
    if (!absent && !isJsonObject(message)) throw malformed('message is missing.');
    const known = isJsonObject(message) ? message : undefined;
    if (known !== undefined) noteIds(notes, known);
    const senderId = senderOf(header, operation, partner);
    requireOwnSender(partner.senderIds, senderId);
    notes.senderId = senderId;
    return {
      stage: 'enveloped',
      operation,
      registryId,
      partner,
      scopes,
      notes,
      text,
      envelope: root,
      document,
      header,
      message: known,
      senderId,
    };
  };

/** Who answers or tells may leave itself unnamed: then it is the token's partner. */
const senderOf = (header: JsonObject, { receives }: Operation, { senderIds, id }: Partner): string => {
  const { sender_id: named } = header;
  const unnamed = named === undefined || named === null || named === '';
  return receives === true && unnamed ? (senderIds[0] ?? id) : readSenderId(header);
};

/** So that a refusal can name the transaction: only what is an id is repeated. */
const noteIds = (notes: Notes, message: JsonObject): void => {
  notes.transactionId = idOf(message.transaction_id) ?? notes.transactionId;
  notes.correlationId = idOf(message.correlation_id) ?? notes.correlationId;
};

/** Compared with the token's partner only and never looked up: one sentence for known and unknown senders (PROTOCOL 3). */
const requireOwnSender = (own: readonly string[], senderId: string): void => {
  if (!own.includes(senderId)) {
    throw new GatewayError('request.forbidden', { message: 'sender_id does not belong to this access token.' });
  }
};
