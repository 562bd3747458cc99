/** Ed25519 at once, with keys as bytes: of libsodium, and of `node:crypto` where keys have to cross from one thread to another. */

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Sodium } from './sodium.ts';

export interface Ed25519 {
  /** @param signature of the right form (`isSignatureForm`) */
  verify(point: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean;
  sign(seedAndPoint: Uint8Array, data: Uint8Array): Uint8Array;
}

export const sodiumEd25519 = (sodium: Sodium): Ed25519 => ({
  verify: (point, data, signature) => sodium.crypto_sign_verify_detached(signature, data, point),
  sign: (seedAndPoint, data) => {
    const signature = Buffer.allocUnsafeSlow(64);
    sodium.crypto_sign_detached(signature, data, seedAndPoint);
    return signature;
  },
});

/** What stands before the 32 bytes in DER (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Reading a key costs as much as using it; beyond so many they are read anew. */
const MOST_KEYS = 10_000;

export const nodeEd25519 = (): Ed25519 => {
  const publicKey = kept((point) =>
    createPublicKey({ key: Buffer.concat([SPKI, point]), format: 'der', type: 'spki' }),
  );
  const privateKey = kept((seed) =>
    createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' }),
  );
  return {
    verify: (point, data, signature) => verify(null, data, publicKey(point), signature),
    sign: (seedAndPoint, data) => sign(null, data, privateKey(seedAndPoint.subarray(0, 32))),
  };
};

const kept = (read: (bytes: Uint8Array) => KeyObject): ((bytes: Uint8Array) => KeyObject) => {
  const known = new Map<string, KeyObject>();
  return (bytes) => {
    const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const key = known.get(name) ?? read(bytes);
    if (known.size >= MOST_KEYS) known.clear();
    known.set(name, key);
    return key;
  };
};
