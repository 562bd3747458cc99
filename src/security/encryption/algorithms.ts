/** What messages may be encrypted with: this list and nothing else, both ways (PROTOCOL 9). */

/** How the content key reaches its reader: under an RSA key, or agreed with a key on P-256 or X25519. */
export type KeyAlgorithm = 'RSA-OAEP-256' | 'ECDH-ES+A256KW';

export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = ['RSA-OAEP-256', 'ECDH-ES+A256KW'];

/** Of the content. */
export const CONTENT_ALGORITHM = 'A256GCM';

/** The one algorithm that a key may be used with: a message cannot choose another. */
export const keyAlgorithmOf = ({ kty }: { readonly kty?: string | undefined }): KeyAlgorithm =>
  kty === 'RSA' ? 'RSA-OAEP-256' : 'ECDH-ES+A256KW';
