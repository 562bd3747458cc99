/** The header of a request, read tolerantly (PROTOCOL 2), refused as PROTOCOL 3 says. */

import { GatewayError } from '../errors.ts';
import type { JsonNode, JsonObject } from './json-node.ts';
import { malformed, readId, readInteger, readObject, readText } from './read-node.ts';
import { parseTimestamp } from './timestamps.ts';

export interface RequestHeader {
  readonly messageId: string;
  readonly senderId: string;
  readonly senderUri: string | undefined;
  readonly totalCount: number;
  /** Of an answer that comes to us; absent where it tells none. */
  readonly completedCount?: number;
  /** Of what comes to us. */
  readonly meta?: JsonObject;
}

const LONGEST_URI = 2048;

/** `1`, `1.0`, `1.0.0`: the one version of the protocol there is. */
const OUR_VERSION = /^1(\.0){0,2}$/;
const ANY_VERSION = /^\d{1,5}(\.\d{1,5}){0,2}$/;

/**
 * The sender that a header names.
 *
 * @throws GatewayError `sender_id.invalid` when it is absent, no text or too long.
 */
export const readSenderId = (header: JsonObject): string => {
  try {
    const senderId = readId(header.sender_id, 'sender_id');
    if (senderId !== undefined) return senderId;
  } catch (cause) {
    throw new GatewayError('sender_id.invalid', { cause });
  }
  throw new GatewayError('sender_id.invalid');
};

/** Where a path is lenient (PROTOCOL 2). */
export interface HeaderLeniency {
  /** Further actions that the header may name. */
  readonly otherActions: readonly string[];
  /** total_count may be absent. */
  readonly uncounted?: boolean;
  /** On a receiver path: who it is from when it does not say so; total_count may be absent there too. */
  readonly receivedFrom?: string;
}

/**
 * Reads a verified request header.
 *
 * @param action What the path serves: `search`. The header's may differ in case and in `_` for `-`.
 * @param receiverIds Names we answer to; empty: any.
 * @throws GatewayError `request.bad`, `version.invalid`, `version.not_supported`, `action.invalid`, `total_count.invalid`,
 *   `receiver_id.invalid`, `sender_id.invalid`.
 */
export const readRequestHeader = (
  header: JsonObject,
  action: string,
  receiverIds: ReadonlySet<string>,
  { otherActions, uncounted, receivedFrom }: HeaderLeniency = { otherActions: [] },
): RequestHeader => {
  const messageId = readId(header.message_id, 'header.message_id');
  if (messageId === undefined) throw malformed('header.message_id is missing.');
  requireTimestamp(header.message_ts);
  const meta = readObject(header.meta, 'header.meta');
  const senderUri = readText(header.sender_uri, 'header.sender_uri', LONGEST_URI);
  requireVersion(header.version);
  requireAction(header.action, [action, ...otherActions]);
  requireReceiver(header.receiver_id, receiverIds);
  const received = receivedFrom !== undefined;
  const completedCount = received ? readInteger(header.completed_count) : undefined;
  return {
    messageId,
    senderId: received && isAbsent(header.sender_id) ? receivedFrom : readSenderId(header),
    senderUri,
    totalCount:
      (received || uncounted === true) && isAbsent(header.total_count) ? 0 : readTotalCount(header.total_count),
    ...(completedCount !== undefined && completedCount >= 0 && { completedCount }),
    ...(received && meta !== undefined && { meta }),
  };
};

const requireTimestamp = (node: JsonNode | undefined): void => {
  if (typeof node !== 'string' || parseTimestamp(node) === undefined) {
    throw malformed('header.message_ts is not a timestamp.');
  }
};

const requireVersion = (node: JsonNode | undefined): void => {
  if (node === undefined || node === null || node === '') return;
  if (typeof node !== 'string' || !ANY_VERSION.test(node)) throw new GatewayError('version.invalid');
  if (!OUR_VERSION.test(node)) throw new GatewayError('version.not_supported');
};

const isAbsent = (node: JsonNode | undefined): boolean => node === undefined || node === null || node === '';

const requireAction = (node: JsonNode | undefined, actions: readonly string[]): void => {
  if (typeof node !== 'string' || !actions.includes(node.trim().toLowerCase().replaceAll('_', '-'))) {
    throw new GatewayError('action.invalid');
  }
};

const requireReceiver = (node: JsonNode | undefined, receiverIds: ReadonlySet<string>): void => {
  if (node === undefined || node === null || node === '') return;
  const known = typeof node === 'string' && (receiverIds.size === 0 || receiverIds.has(node));
  if (!known || node.length > 2048) throw new GatewayError('receiver_id.invalid');
};

/** Whether a header says that its message is encrypted. @throws GatewayError `encryption.invalid` for what is neither yes nor no */
export const saysEncrypted = ({ is_msg_encrypted: node }: JsonObject): boolean => {
  if (isAbsent(node) || node === false || node === 'false') return false;
  if (node === true || node === 'true') return true;
  throw new GatewayError('encryption.invalid', { message: 'header.is_msg_encrypted must be true or false.' });
};

const readTotalCount = (node: JsonNode | undefined): number => {
  const count = readInteger(node);
  if (count === undefined || Number.isNaN(count) || count < 0) throw new GatewayError('total_count.invalid');
  return count;
};
