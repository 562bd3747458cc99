/**
 * A file of rows as a partner encrypts it: a list of encrypted messages, each of a piece of the file. One of them is in memory at a
 * time; what they hold, joined, is the file.
 */

import { isJsonObject, type JsonNode } from '../../dci/json-node.ts';
import { parseJson } from '../../dci/json-parse.ts';
import { malformed } from '../../dci/read-node.ts';
import { decodeBody } from '../../dci/utf8.ts';
import { GatewayError } from '../../errors.ts';
import { decryptMessage, type FindDecryptionKey } from '../../security/encryption/decrypt.ts';
import { EncryptionProblem } from '../../security/encryption/encrypted-message.ts';
import { cutList } from './cut-list.ts';
import { withoutMark } from './read-rows.ts';

const LIST = {
  member: 'messages',
  largestBytes: 1_500_000, // 1 MiB of the file, in base64url, and what stands around it
  what: 'a list of encrypted messages, or an object with such a list as messages, as the envelope is encrypted',
};
/** Each costs the use of a private key. */
const MOST_PIECES = 256;
const DEPTH = 4;

/** @throws GatewayError `request.bad`: no such list; `encryption.invalid`: one of them does not open */
export async function* readEncryptedFile(
  source: AsyncIterable<Buffer>,
  find: FindDecryptionKey,
): AsyncGenerator<Buffer> {
  let pieces = 0;
  for await (const text of cutList(withoutMark(source), LIST)) {
    pieces += 1;
    if (pieces > MOST_PIECES) throw malformed(`The file has more than ${MOST_PIECES} encrypted pieces.`);
    yield await opened(text, find);
  }
}

const opened = async (text: Buffer, find: FindDecryptionKey): Promise<Buffer> => {
  const message: JsonNode = parseJson(decodeBody(text), { maxDepth: DEPTH }).root;
  if (!isJsonObject(message)) throw malformed('An encrypted piece of the file must be an object.');
  try {
    return await decryptMessage(message, find);
  } catch (cause) {
    if (!(cause instanceof EncryptionProblem)) throw cause;
    throw new GatewayError('encryption.invalid', { detail: cause.message, cause });
  }
};
