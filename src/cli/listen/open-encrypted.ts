/** Opens what the gateway encrypted, with the private key of whoever runs the receiver. */

import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../../dci/json-node.ts';
import { parseJsonObject } from '../../dci/json-parse.ts';
import { decodeBody } from '../../dci/utf8.ts';
import { GatewayError } from '../../errors.ts';
import { keyAlgorithmOf } from '../../security/encryption/algorithms.ts';
import { type DecryptionKey, decryptMessage } from '../../security/encryption/decrypt.ts';
import {
  EncryptionProblem,
  type ReadMessage,
  readEncryptedMessage,
} from '../../security/encryption/encrypted-message.ts';
import { KeyProblem } from '../../security/keys/public-key.ts';

/** The private key that was given, with the kid that its JWK names. */
export type GivenDecryptionKey = DecryptionKey & { readonly kid: string | undefined };

/** Reads PEM or JWK. @throws KeyProblem for what is no private key that messages are encrypted for */
export const readGivenKey = (text: string): GivenDecryptionKey => {
  const jwk = text.includes('-----BEGIN') ? undefined : readJwk(text);
  const keyObject = readPrivate(jwk === undefined ? text : { key: jwk, format: 'jwk' });
  const { kty, crv } = keyObject.export({ format: 'jwk' });
  if (kty !== 'RSA' && crv !== 'P-256' && crv !== 'X25519')
    throw new KeyProblem('Only RSA, P-256 and X25519 keys open messages.');
  return { keyObject, algorithm: keyAlgorithmOf({ kty }), kid: typeof jwk?.kid === 'string' ? jwk.kid : undefined };
};

const readJwk = (text: string): JsonWebKey => {
  try {
    return Object(JSON.parse(text)) as JsonWebKey; // what it is not, importing it tells
  } catch (cause) {
    throw new KeyProblem('The decryption key is neither PEM nor a JWK.', { cause });
  }
};

const readPrivate = (key: Parameters<typeof createPrivateKey>[0]): KeyObject => {
  try {
    return createPrivateKey(key);
  } catch (cause) {
    throw new KeyProblem('The decryption key is no private key that can be read without a passphrase.', { cause });
  }
};

/** What a verified message says, and a sentence about its encryption. */
export interface OpenedMessage {
  /** Undefined: it could not be opened. */
  readonly message: JsonObject | undefined;
  readonly encryption: string;
}

/** @param key undefined: none was given */
export const openEncrypted = async (
  message: JsonObject,
  key: GivenDecryptionKey | undefined,
  maxDepth: number,
): Promise<OpenedMessage> => {
  try {
    const { kid, algorithm } = readEncryptedMessage(message);
    const encrypted = `The message is encrypted for key ${kid} (${algorithm})`;
    if (key === undefined) return closed(`${encrypted}: give its private key with --decrypt-key to read it.`);
    const misfit = misfitOf(key, { kid, algorithm });
    if (misfit !== undefined) return closed(`${encrypted}, and ${misfit}.`);
    return await opened(message, key, encrypted, maxDepth);
  } catch (cause) {
    if (cause instanceof EncryptionProblem)
      return closed(`The message is encrypted and cannot be read: ${cause.message}.`);
    throw cause;
  }
};

const opened = async (
  message: JsonObject,
  key: GivenDecryptionKey,
  encrypted: string,
  maxDepth: number,
): Promise<OpenedMessage> => {
  try {
    const content = await decryptMessage(message, () => key);
    const { root } = parseJsonObject(decodeBody(content), { maxDepth });
    return { message: root, encryption: `${encrypted}, and was opened with the key given.` };
  } catch (cause) {
    if (cause instanceof EncryptionProblem) return closed(`${encrypted}, and the key given does not open it.`);
    if (cause instanceof GatewayError) return closed(`${encrypted}, and holds no message: ${cause.message}`);
    throw cause;
  }
};

const closed = (encryption: string): OpenedMessage => ({ message: undefined, encryption });

const misfitOf = (
  key: GivenDecryptionKey,
  { kid, algorithm }: Pick<ReadMessage, 'kid' | 'algorithm'>,
): string | undefined => {
  if (key.kid !== undefined && key.kid !== kid) return `the key given calls itself ${key.kid}`;
  return key.algorithm === algorithm ? undefined : `the key given is one for ${key.algorithm}`;
};
