/** One private key of ours: made, sealed for the store, opened again. */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { GatewayError } from '../../errors.ts';
import type { StoredKey } from '../../store/store.ts';
import type { Sealer } from '../at-rest.ts';
import type { Ed25519PrivateKey } from '../signatures/crypto.ts';

export interface OpenedKey extends Ed25519PrivateKey {
  readonly publicKeyObject: KeyObject;
}

/** A new Ed25519 key. Its key id is taken from the key itself, so that no two keys ever share one. */
export const makeStoredKey = (
  sealer: Sealer,
  about: Pick<StoredKey, 'id' | 'use' | 'createdAt' | 'activeFrom'>,
): StoredKey => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  return {
    ...about,
    keyId: createHash('sha256').update(x).digest('hex').slice(0, 16),
    publicJwk: { kty: 'OKP', crv: 'Ed25519', x },
    sealedPrivateJwk: sealer.seal(JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x, d })),
  };
};

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
  if (publicKeyObject.export({ format: 'jwk' }).x !== stored.publicJwk.x) {
    const message = `The key ${stored.id} in the store does not belong to its public part: the store is damaged.`;
    throw new GatewayError('service.fault', { message, detail: message });
  }
  const seedAndPoint = Buffer.concat([Buffer.from(jwk.d ?? '', 'base64url'), Buffer.from(jwk.x ?? '', 'base64url')]);
  return { keyObject, publicKeyObject, seedAndPoint };
};
