import { sign, verify } from 'node:crypto';
import type { SignatureCrypto } from './crypto.ts';
import { isSignatureForm } from './ed25519-form.ts';

/** Ed25519 by `node:crypto`, aside from what runs, without a thread of our own. */
export const createNodeCrypto = (): SignatureCrypto => ({
  name: 'node',
  verifyEd25519: (key, data, signature) => {
    if (!isSignatureForm(signature)) return false;
    return new Promise((resolve, reject) => {
      verify(null, data, key.keyObject, signature, (error, valid) => (error ? reject(error) : resolve(valid)));
    });
  },
  signEd25519: (key, data) =>
    new Promise((resolve, reject) => {
      sign(null, data, key.keyObject, (error, signature) => (error ? reject(error) : resolve(signature)));
    }),
});
