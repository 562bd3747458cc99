import type { Alone, Ed25519PrivateKey, Ed25519PublicKey, SignatureCrypto } from './crypto.ts';
import { isSignatureForm } from './ed25519-form.ts';
import { importSodium, type Sodium } from './sodium.ts';
import { type SodiumThread, startSodiumThread } from './sodium-thread.ts';

export type SodiumResult =
  | { readonly crypto: SignatureCrypto }
  /** Why the package cannot be used, for the log. */
  | { readonly crypto: undefined; readonly reason: string };

/** Ed25519 by libsodium, in half the time; `crypto` is undefined where the package is missing or its binary does not load. */
export const loadSodiumCrypto = async (alone: Alone = () => false): Promise<SodiumResult> => {
  let sodium: Sodium;
  try {
    sodium = await importSodium();
  } catch (error) {
    return { crypto: undefined, reason: error instanceof Error ? error.message : String(error) };
  }
  return { crypto: createSodiumCrypto(sodium, startSodiumThread(), alone) };
};

/** Works in the thread while that has room, so that two cores share the work; alone or without room at once. */
export const createSodiumCrypto = (
  sodium: Sodium,
  thread: SodiumThread | undefined,
  alone: Alone = () => false,
): SignatureCrypto => {
  const verifyHere = ({ point }: Ed25519PublicKey, data: Uint8Array, signature: Uint8Array): boolean =>
    sodium.crypto_sign_verify_detached(signature, data, point);
  const signHere = ({ seedAndPoint }: Ed25519PrivateKey, data: Uint8Array): Uint8Array => {
    const signature = Buffer.allocUnsafeSlow(64);
    sodium.crypto_sign_detached(signature, data, seedAndPoint);
    return signature;
  };
  return {
    name: 'sodium',
    verifyEd25519: (key, data, signature) => {
      if (!isSignatureForm(signature)) return false;
      if (alone()) return verifyHere(key, data, signature);
      // A thread that breaks off says nothing about the signature: it is verified here.
      return (
        thread?.verify(key.point, data, signature)?.catch(() => verifyHere(key, data, signature)) ??
        verifyHere(key, data, signature)
      );
    },
    signEd25519: (key, data) => {
      if (alone()) return signHere(key, data);
      return thread?.sign(key.seedAndPoint, data)?.catch(() => signHere(key, data)) ?? signHere(key, data);
    },
  };
};
