import { createHash, type KeyObject } from 'node:crypto';
import type { EncryptionKey } from '../encryption/encrypt.ts';
import type { PartnerEncryptionKey, PartnerKey } from '../partner.ts';
import type { Ed25519PublicKey } from '../signatures/crypto.ts';
import { importCheckedKey } from './public-key.ts';

/** A partner's key as the verification uses it: handles made, nothing parsed per message. */
export type ReadyKey =
  | ({ readonly algorithm: 'ed25519'; readonly keyId: string } & Ed25519PublicKey)
  | { readonly algorithm: 'rsa'; readonly keyId: string; readonly keyObject: KeyObject };

export const makeReady = ({ keyId, algorithm, jwk }: Pick<PartnerKey, 'keyId' | 'algorithm' | 'jwk'>): ReadyKey => {
  const keyObject = importCheckedKey(jwk);
  if (algorithm === 'rsa') return { algorithm, keyId, keyObject };
  return { algorithm, keyId, keyObject, point: Buffer.from(jwk.x ?? '', 'base64url') };
};

export const makeEncryptionKey = ({
  keyId,
  algorithm,
  jwk,
}: Pick<PartnerEncryptionKey, 'keyId' | 'algorithm' | 'jwk'>): EncryptionKey => ({
  keyId,
  algorithm,
  keyObject: importCheckedKey(jwk),
  fingerprint: createHash('sha256')
    .update(JSON.stringify(Object.entries(jwk).sort()))
    .digest('base64url'),
});
