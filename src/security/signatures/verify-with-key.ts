import { constants, type KeyObject, verify } from 'node:crypto';
import type { Scheme } from '../keys/kid.ts';
import type { ReadyKey } from '../keys/ready-key.ts';
import type { SignatureCrypto } from './crypto.ts';

/** Whether these are the bytes' signature by this key. The key's own kind decides; `scheme` only chooses RSA's padding. */
export const verifyWithKey = (
  crypto: SignatureCrypto,
  key: ReadyKey,
  scheme: Scheme,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> | boolean => {
  if (key.algorithm === 'ed25519') return scheme === 'ed25519' && crypto.verifyEd25519(key, data, signature);
  if (scheme === 'ed25519') return false;
  return verifyRsa(key.keyObject, scheme, data, signature);
};

const verifyRsa = (
  key: KeyObject,
  scheme: 'rs256' | 'ps256',
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> => {
  const padding =
    scheme === 'ps256'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
      : { padding: constants.RSA_PKCS1_PADDING };
  return new Promise((resolve, reject) => {
    verify('sha256', data, { key, ...padding }, signature, (error, valid) => (error ? reject(error) : resolve(valid)));
  });
};
