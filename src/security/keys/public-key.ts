/** Reading and checking of public keys: everything a partner signs with goes through here once (PROTOCOL 5). */

import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { Point } from '@noble/ed25519';
import { parseKid } from './kid.ts';
import { isForEncryption } from './meant-for.ts';

/** A public key that passed the checks, as the store and `Partner.keys` keep it. */
export interface CheckedPublicKey {
  readonly algorithm: 'ed25519' | 'rsa';
  /** Public members only: `kty crv x` or `kty n e`. */
  readonly jwk: Readonly<Record<string, string>>;
  /** The JWK's own `kid`, where it has one (of `sender|key|algorithm` the middle part). */
  readonly keyId: string | undefined;
}

/** Says in one sentence why a key cannot be used; safe to show. */
export class KeyProblem extends Error {
  override readonly name = 'KeyProblem';
}

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192; // a longer modulus only makes each verification slow
const MAX_PEM_CHARACTERS = 16_384;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * Reads a public key from PEM (SPKI, or PKCS#1 for RSA) or JWK (text or object).
 *
 * @throws KeyProblem for private keys, other kinds of key, points off the curve or of small order, RSA below 2048 bits
 */
export const readPublicKey = async (pemOrJwk: string | object): Promise<CheckedPublicKey> => {
  const { key, given } = importPublicKey(pemOrJwk, SIGNING);
  const kid = readKeyId(given);
  const keyId = kid === undefined ? undefined : (parseKid(kid)?.keyId ?? kid);
  const jwk = key.export({ format: 'jwk' });
  return key.asymmetricKeyType === 'ed25519'
    ? { algorithm: 'ed25519', jwk: checkedPoint(jwk), keyId }
    : { algorithm: 'rsa', jwk: checkedModulus(key, jwk), keyId };
};

/** What a key is to be used for: what its `use` and `key_ops` may say, which kinds there are (as node names them). */
export interface KeyPurpose {
  readonly use: 'sig' | 'enc';
  readonly operations: readonly string[];
  readonly kinds: readonly string[];
  readonly kindProblem: string;
}

const SIGNING: KeyPurpose = {
  use: 'sig',
  operations: ['verify'],
  kinds: ['ed25519', 'rsa'],
  kindProblem: 'Only Ed25519 and RSA keys are supported.',
};

/** The key and, where it came as JWK, its members. @throws KeyProblem for private keys and those of another purpose or kind */
export const importPublicKey = (
  pemOrJwk: string | object,
  purpose: KeyPurpose,
): { readonly key: KeyObject; readonly given: Readonly<Record<string, unknown>> | undefined } => {
  const source = typeof pemOrJwk === 'string' ? readText(pemOrJwk) : { jwk: pemOrJwk as Record<string, unknown> };
  const given = 'jwk' in source ? source.jwk : undefined;
  const key = 'pem' in source ? importPem(source.pem) : importJwk(source.jwk, purpose);
  if (!purpose.kinds.includes(key.asymmetricKeyType ?? '')) throw new KeyProblem(purpose.kindProblem);
  return { key, given };
};

/** The handle `node:crypto` works with; the JWK was checked before. */
export const importCheckedKey = (jwk: Readonly<Record<string, string>>): KeyObject =>
  createPublicKey({ key: { ...jwk } as JsonWebKey, format: 'jwk' });

const readText = (text: string): { readonly pem: string } | { readonly jwk: Record<string, unknown> } => {
  if (text.length > MAX_PEM_CHARACTERS) throw new KeyProblem('The key is too long.');
  if (text.includes('-----BEGIN')) return { pem: text };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new KeyProblem('The key is neither PEM nor a JWK.', { cause: error });
  }
  if (typeof value !== 'object' || value === null) throw new KeyProblem('The key is neither PEM nor a JWK.');
  return { jwk: value as Record<string, unknown> };
};

const importPem = (pem: string): KeyObject => {
  if (/PRIVATE KEY/.test(pem))
    throw new KeyProblem('This is a private key. Register the public key; keep this one secret.');
  if ((pem.match(/-----BEGIN/g) ?? []).length > 1) throw new KeyProblem('The file holds more than one key.');
  return readable(() => createPublicKey({ key: pem, format: 'pem' }));
};

const importJwk = (jwk: Record<string, unknown>, { use, operations }: KeyPurpose): KeyObject => {
  if (PRIVATE_MEMBERS.some((member) => member in jwk)) {
    throw new KeyProblem('This is a private key. Register the public key; keep this one secret.');
  }
  if (jwk.use !== undefined && jwk.use !== use) throw new KeyProblem(`The key's \`use\` is not \`${use}\`.`);
  if (use === 'sig' && typeof jwk.alg === 'string' && isForEncryption(jwk))
    throw new KeyProblem("The key's `alg` is one for encryption.");
  const named = jwk.key_ops;
  // Browsers export public keys of key agreement with an empty list.
  const fits = Array.isArray(named) && (operations.some((each) => named.includes(each)) || (use === 'enc' && named.length === 0)); // biome-ignore format: one look
  if (named !== undefined && !fits) {
    throw new KeyProblem(`The key's \`key_ops\` do not hold \`${operations.join('` or `')}\`.`);
  }
  const { kty, crv, x, y, n, e } = jwk;
  return readable(() => createPublicKey({ key: { kty, crv, x, y, n, e } as JsonWebKey, format: 'jwk' }));
};

const readable = (read: () => KeyObject): KeyObject => {
  try {
    return read();
  } catch (error) {
    throw new KeyProblem('The key cannot be read.', { cause: error });
  }
};

/** On the curve, canonically written, of the prime order: no key of small or mixed order. */
const checkedPoint = (jwk: JsonWebKey): Readonly<Record<string, string>> => {
  const x = jwk.x ?? '';
  let point: Point;
  try {
    point = Point.fromBytes(Uint8Array.from(Buffer.from(x, 'base64url')), false);
  } catch (error) {
    throw new KeyProblem('The Ed25519 key is no point of the curve.', { cause: error });
  }
  if (point.isSmallOrder()) throw new KeyProblem('The Ed25519 key is a point of small order.');
  if (!point.isTorsionFree()) throw new KeyProblem('The Ed25519 key is not in the prime order group.');
  return { kty: 'OKP', crv: 'Ed25519', x };
};

/** @throws KeyProblem */
export const checkedModulus = (key: KeyObject, jwk: JsonWebKey): Readonly<Record<string, string>> => {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS)
    throw new KeyProblem(`The RSA key has ${modulusLength} bits; ${MIN_RSA_BITS} are needed.`);
  if (modulusLength > MAX_RSA_BITS) throw new KeyProblem(`The RSA key has more than ${MAX_RSA_BITS} bits.`);
  const usual = publicExponent >= 3n && publicExponent % 2n === 1n && publicExponent < 2n ** 33n;
  if (!usual) throw new KeyProblem('The RSA key has an unusual exponent.');
  return { kty: 'RSA', n: jwk.n ?? '', e: jwk.e ?? '' };
};

/** The JWK's `kid`. @throws KeyProblem */
export const readKeyId = (jwk: Readonly<Record<string, unknown>> | undefined): string | undefined => {
  const kid = jwk?.kid;
  if (kid === undefined) return undefined;
  if (typeof kid !== 'string' || kid === '' || kid.length > 300)
    throw new KeyProblem("The key's `kid` is no text of up to 300 characters.");
  return kid;
};
