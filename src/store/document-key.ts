/** Deterministic ids: what was written twice meets itself. */

import { hash } from 'node:crypto';

export type KeyPart = string | number | boolean | null;

/** SHA-256 in hex over the JSON array of the parts: no two lists of parts share a text. */
export const K = (...parts: readonly KeyPart[]): string => hash('sha256', JSON.stringify(parts), 'hex');

/** A UUID (version 8, of RFC 9562) that follows from the parts: the message_id of a message that may be made twice. */
export const uuidOf = (...parts: readonly KeyPart[]): string => {
  const hex = K(...parts);
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
