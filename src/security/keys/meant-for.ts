/** What a public key is meant for, as its JWK says it (RFC 7517, 4.2 to 4.4). */

type Jwk = Readonly<Record<string, unknown>>;

/** Of the key of a message (RFC 7518, 4.1), those we cannot do as well. */
const ENCRYPTING_ALG = /^(RSA1_5|RSA-OAEP|ECDH-ES|HPKE-)/;
const ENCRYPTING_OPERATIONS = ['encrypt', 'wrapKey', 'deriveKey', 'deriveBits'];
/** Nothing can be signed with them. */
const AGREEING_CURVES = ['X25519', 'X448'];

/** By its `use`; one without says it by its `alg`, its `key_ops`, or a curve that only agrees on keys. */
export const isForEncryption = ({ use, alg, key_ops: operations, crv }: Jwk): boolean => {
  if (use !== undefined) return use === 'enc';
  if (typeof alg === 'string') return ENCRYPTING_ALG.test(alg);
  if (Array.isArray(operations) && operations.length > 0)
    return ENCRYPTING_OPERATIONS.some((each) => operations.includes(each)) && !operations.includes('verify');
  return AGREEING_CURVES.some((each) => each === crv);
};
