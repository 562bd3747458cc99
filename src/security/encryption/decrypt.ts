import type { KeyObject } from 'node:crypto';
import { flattenedDecrypt } from 'jose';
import type { JsonObject } from '../../dci/json-node.ts';
import { CONTENT_ALGORITHM, type KeyAlgorithm } from './algorithms.ts';
import { EncryptionProblem, readEncryptedMessage } from './encrypted-message.ts';

/** A private key that opens messages, with the one algorithm it may be used with. */
export interface DecryptionKey {
  readonly keyObject: KeyObject;
  readonly algorithm: KeyAlgorithm;
}

/** Our private key of a kid; undefined: there is none. */
export type FindDecryptionKey = (kid: string) => DecryptionKey | undefined;

/**
 * The bytes that an encrypted message holds.
 *
 * @param find the private key of a kid; undefined: there is none
 * @throws EncryptionProblem for whatever is wrong with it
 */
export const decryptMessage = async (
  message: JsonObject,
  find: (kid: string) => DecryptionKey | undefined,
): Promise<Buffer> => {
  const { jwe, kid, algorithm } = readEncryptedMessage(message);
  const key = find(kid);
  if (key === undefined) throw new EncryptionProblem('the kid names no key of ours');
  if (key.algorithm !== algorithm) throw new EncryptionProblem('the alg is not the one of the key that is named');
  try {
    const { plaintext } = await flattenedDecrypt(jwe, key.keyObject, {
      keyManagementAlgorithms: [key.algorithm],
      contentEncryptionAlgorithms: [CONTENT_ALGORITHM],
    });
    return Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  } catch (cause) {
    // Whatever is thrown here was brought about by what the sender wrote: one sentence for all, so that none is a hint.
    throw new EncryptionProblem('it does not open with the key that it names', { cause });
  }
};
