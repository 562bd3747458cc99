/** Reading and checking of the public keys that messages to partners are encrypted for (PROTOCOL 9). */

import { diffieHellman, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { type KeyAlgorithm, keyAlgorithmOf } from '../encryption/algorithms.ts';
import { checkedModulus, importPublicKey, KeyProblem, type KeyPurpose, readKeyId } from './public-key.ts';

/** A public key that passed the checks, as the store and `Partner.encryptionKeys` keep it. */
export interface CheckedEncryptionKey {
  readonly algorithm: KeyAlgorithm;
  /** Public members only: `kty n e`, or `kty crv x` and for P-256 `y`. */
  readonly jwk: Readonly<Record<string, string>>;
  /** The JWK's own `kid`, whole: its owner looks for it. */
  readonly keyId: string | undefined;
}

const ENCRYPTING: KeyPurpose = {
  use: 'enc',
  operations: ['wrapKey', 'encrypt', 'deriveKey', 'deriveBits'],
  kinds: ['rsa', 'ec', 'x25519'],
  kindProblem: 'Only RSA, P-256 and X25519 keys are supported for encryption.',
};

/**
 * Reads a public key from PEM or JWK (text or object).
 *
 * @throws KeyProblem for private keys, other kinds and curves, an `alg` that is not ours, RSA below 2048 bits, useless points
 */
export const readEncryptionKey = async (pemOrJwk: string | object): Promise<CheckedEncryptionKey> => {
  const { key, given } = importPublicKey(pemOrJwk, ENCRYPTING);
  const jwk = key.export({ format: 'jwk' });
  const algorithm = keyAlgorithmOf(jwk);
  if (given?.alg !== undefined && given.alg !== algorithm)
    throw new KeyProblem(`The key's \`alg\` is not \`${algorithm}\`.`);
  const checked = algorithm === 'RSA-OAEP-256' ? checkedModulus(key, jwk) : checkedCurve(key, jwk);
  return { algorithm, jwk: checked, keyId: readKeyId(given) };
};

/** A point that agrees on nothing (of small order) would show every message to everybody. */
const checkedCurve = (key: KeyObject, jwk: JsonWebKey): Readonly<Record<string, string>> => {
  const { crv = '', x = '', y } = jwk;
  try {
    diffieHellman({ publicKey: key, privateKey: ephemeralOf(crv) });
  } catch (cause) {
    throw cause instanceof KeyProblem
      ? cause
      : new KeyProblem('The key is no point that can be agreed with.', { cause });
  }
  return y === undefined ? { kty: 'OKP', crv, x } : { kty: 'EC', crv, x, y };
};

const ephemeralOf = (crv: string): KeyObject => {
  if (crv === 'X25519') return generateKeyPairSync('x25519').privateKey;
  if (crv === 'P-256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  throw new KeyProblem('Only RSA, P-256 and X25519 keys are supported for encryption.');
};
