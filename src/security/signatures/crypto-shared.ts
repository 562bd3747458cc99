import type { Alone, SignatureCrypto } from './crypto.ts';
import type { Ed25519 } from './ed25519-bytes.ts';
import { isSignatureForm } from './ed25519-form.ts';
import type { Ed25519Thread } from './ed25519-thread.ts';

/** Works in the thread while that has room, so that two cores share the work; alone or without room at once. */
export const createSharedCrypto = (
  name: SignatureCrypto['name'],
  here: Ed25519,
  thread: Ed25519Thread | undefined,
  alone: Alone = () => false,
): SignatureCrypto => ({
  name,
  verifyEd25519: ({ point }, data, signature) => {
    if (!isSignatureForm(signature)) return false;
    const verifyHere = (): boolean => here.verify(point, data, signature);
    // A thread that breaks off says nothing about the signature: it is verified here.
    return alone() ? verifyHere() : (thread?.verify(point, data, signature)?.catch(verifyHere) ?? verifyHere());
  },
  signEd25519: ({ seedAndPoint }, data) => {
    const signHere = (): Uint8Array => here.sign(seedAndPoint, data);
    return alone() ? signHere() : (thread?.sign(seedAndPoint, data)?.catch(signHere) ?? signHere());
  },
});
