/** The message of an upload's `envelope`: it stands for a file that is no envelope itself (PROTOCOL 9). */

import type { JsonObject } from './json-node.ts';
import { readPurpose } from './purpose.ts';
import { malformed, readId, readText } from './read-node.ts';

export interface UploadMessage {
  readonly transactionId: string;
  /** The caller's, when it has one. */
  readonly correlationId: string | undefined;
  /** In hex, lower case. */
  readonly fileSha256: string;
  readonly fileFormat: string;
  /** Of all rows. */
  readonly purpose: string | undefined;
}

const LONGEST_FORMAT = 20;

/** @throws GatewayError `request.bad` */
export const readUploadMessage = (message: JsonObject): UploadMessage => {
  const transactionId = readId(message.transaction_id, 'message.transaction_id');
  if (transactionId === undefined) throw malformed('message.transaction_id is missing.');
  const fileSha256 = readId(message.file_sha256, 'message.file_sha256')?.toLowerCase();
  if (fileSha256 === undefined || !/^[0-9a-f]{64}$/.test(fileSha256)) {
    throw malformed('message.file_sha256 must be a SHA-256 in hex.');
  }
  const fileFormat = readText(message.file_format, 'message.file_format', LONGEST_FORMAT)?.toLowerCase();
  if (fileFormat === undefined) throw malformed('message.file_format is missing.');
  return {
    transactionId,
    correlationId: readId(message.correlation_id, 'message.correlation_id'),
    fileSha256,
    fileFormat,
    purpose: readPurpose([[message, 'message']]),
  };
};
