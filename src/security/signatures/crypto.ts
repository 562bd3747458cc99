/**
 * The port to Ed25519, the only arithmetic of a usual request. RSA goes to `node:crypto` directly.
 * Two adapters: `crypto-shared.ts`, of the gateway, by libsodium or `node:crypto`; and `crypto-node.ts`, of whoever has few signatures.
 */

import type { KeyObject } from 'node:crypto';

/** A partner's Ed25519 key, validated when it was registered (`keys/public-key.ts`). */
export interface Ed25519PublicKey {
  readonly keyObject: KeyObject;
  /** The 32 bytes of the point. */
  readonly point: Uint8Array;
}

/** A private key of ours. */
export interface Ed25519PrivateKey {
  readonly keyObject: KeyObject;
  /** The 32 bytes of the seed followed by those of the point, as libsodium keeps it. */
  readonly seedAndPoint: Uint8Array;
}

/** Whether nobody else waits for this core: then the way to another one and back costs more than the work. */
export type Alone = () => boolean;

export interface SignatureCrypto {
  readonly name: 'node' | 'sodium';
  /** False for whatever is not a signature of these bytes; never throws for what a partner sent. */
  verifyEd25519(key: Ed25519PublicKey, data: Uint8Array, signature: Uint8Array): Promise<boolean> | boolean;
  /** The 64 bytes of the signature. */
  signEd25519(key: Ed25519PrivateKey, data: Uint8Array): Promise<Uint8Array> | Uint8Array;
}
