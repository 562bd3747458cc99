/** One private key of ours: made, sealed for the store, opened again. */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { GatewayError } from '../../errors.ts';
import type { StoredKey } from '../../store/store.ts';
import type { Sealer } from '../at-rest.ts';
import type { Ed25519PrivateKey } from '../signatures/crypto.ts';

/** Of a key that is not Ed25519 `seedAndPoint` is not used. */
export interface OpenedKey extends Ed25519PrivateKey {
  readonly publicKeyObject: KeyObject;
}

export type OwnKeyKind = 'ed25519' | 'rsa' | 'p-256';

const RSA_BITS = 3072; // 128 bits of strength: what is encrypted today may be kept by others for decades

const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const;

/** A new key. Its key id is taken from the key itself, so that no two keys ever share one. */
export const makeStoredKey = async (
  sealer: Sealer,
  kind: OwnKeyKind,
  about: Pick<StoredKey, 'id' | 'use' | 'createdAt' | 'activeFrom'>,
): Promise<StoredKey> => {
  const jwk = (await makePrivateKey(kind)).export({ format: 'jwk' });
  const publicJwk = publicPartOf(jwk);
  return {
    ...about,
    keyId: createHash('sha256')
      .update(publicJwk.n ?? publicJwk.x ?? '')
      .digest('hex')
      .slice(0, 16),
    publicJwk,
    sealedPrivateJwk: sealer.seal(JSON.stringify(jwk)),
  };
};

/** RSA takes a tenth of a second and more: it is made beside the event loop. */
const makePrivateKey = async (kind: OwnKeyKind): Promise<KeyObject> => {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (kind === 'p-256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return (await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS })).privateKey;
};

const publicPartOf = (jwk: JsonWebKey): Readonly<Record<string, string>> =>
  Object.fromEntries(PUBLIC_MEMBERS.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]])));

/** @throws GatewayError `service.fault` that says which key cannot be opened and why. */
export const openStoredKey = (sealer: Sealer, stored: StoredKey): OpenedKey => {
  let jwk: JsonWebKey;
  try {
    jwk = JSON.parse(sealer.open(stored.sealedPrivateJwk)) as JsonWebKey;
  } catch (error) {
    const message = `The key ${stored.id} in the store cannot be opened: store.encryption_key is not the one it was sealed with, or the store is damaged.`;
    throw new GatewayError('service.fault', { message, detail: message, cause: error });
  }
  const keyObject = createPrivateKey({ key: jwk, format: 'jwk' });
  const publicKeyObject = createPublicKey(keyObject);
  const publicPart = publicPartOf(publicKeyObject.export({ format: 'jwk' }));
  if (PUBLIC_MEMBERS.some((name) => publicPart[name] !== stored.publicJwk[name])) {
    const message = `The key ${stored.id} in the store does not belong to its public part: the store is damaged.`;
    throw new GatewayError('service.fault', { message, detail: message });
  }
  const seedAndPoint = Buffer.concat([Buffer.from(jwk.d ?? '', 'base64url'), Buffer.from(jwk.x ?? '', 'base64url')]);
  return { keyObject, publicKeyObject, seedAndPoint };
};
