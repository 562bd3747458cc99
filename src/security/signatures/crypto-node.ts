import { sign, verify } from 'node:crypto';
import type { Alone, SignatureCrypto } from './crypto.ts';
import { isSignatureForm } from './ed25519-form.ts';

/** Ed25519 by `node:crypto`; unless alone in the asynchronous form, which goes to the second core. */
export const createNodeCrypto = (alone: Alone = () => false): SignatureCrypto => ({
  name: 'node',
  verifyEd25519: (key, data, signature) => {
    if (!isSignatureForm(signature)) return false;
    if (alone()) return verify(null, data, key.keyObject, signature);
    return new Promise((resolve, reject) => {
      verify(null, data, key.keyObject, signature, (error, valid) => (error ? reject(error) : resolve(valid)));
    });
  },
  signEd25519: (key, data) => {
    if (alone()) return sign(null, data, key.keyObject);
    return new Promise((resolve, reject) => {
      sign(null, data, key.keyObject, (error, signature) => (error ? reject(error) : resolve(signature)));
    });
  },
});
