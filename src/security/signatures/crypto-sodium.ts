import type { SignatureCrypto } from './crypto.ts';
import { isSignatureForm } from './ed25519-form.ts';

/** The two calls we use of the optional package `sodium-native`. */
interface Sodium {
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
}

export type SodiumResult =
  | { readonly crypto: SignatureCrypto }
  /** Why the package cannot be used, for the log. */
  | { readonly crypto: undefined; readonly reason: string };

/** Ed25519 by libsodium, in half the time; `crypto` is undefined where the package is missing or its binary does not load. */
export const loadSodiumCrypto = async (): Promise<SodiumResult> => {
  const name = 'sodium-native'; // not a literal in import(): the package is optional and has no types
  let sodium: Sodium;
  try {
    const module = (await import(name)) as { readonly default: Sodium };
    sodium = module.default;
  } catch (error) {
    return { crypto: undefined, reason: error instanceof Error ? error.message : String(error) };
  }
  return { crypto: createSodiumCrypto(sodium) };
};

const createSodiumCrypto = (sodium: Sodium): SignatureCrypto => ({
  name: 'sodium',
  verifyEd25519: (key, data, signature) =>
    isSignatureForm(signature) && sodium.crypto_sign_verify_detached(signature, data, key.point),
  signEd25519: (key, data) => {
    const signature = Buffer.allocUnsafeSlow(64);
    sodium.crypto_sign_detached(signature, data, key.seedAndPoint);
    return signature;
  },
});
