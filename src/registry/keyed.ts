/** Keyed hashes of what must not be guessed from a dump of the store: record keys, filters that name persons, contents. */

import { createHmac, createSecretKey } from 'node:crypto';
import type { EntityKey } from '../plugin.ts';
import type { KeyPart } from '../store/document-key.ts';

/** HMAC-SHA-256 in hex over the JSON array of the parts. */
export type Keyed = (...parts: readonly KeyPart[]) => string;

/** @param hmacKey 32 bytes, of `AtRest` */
export const createKeyed = (hmacKey: Buffer): Keyed => {
  // Made once: Node would make one of the bytes for each hash, which costs five times the hash.
  const secret = createSecretKey(hmacKey);
  return (...parts) => createHmac('sha256', secret).update(JSON.stringify(parts)).digest('hex');
};

/** One text for a key, whether a source wrote its numbers as numbers or as text. */
export const keyText = (key: EntityKey): string =>
  JSON.stringify(key.map((part) => (part === null ? null : `${part}`)));

/** Stands for a record in every document of the asynchronous half: its key in the registry may be a person's number. */
export const recordId = (keyed: Keyed, registry: string, recordType: string, key: EntityKey): string =>
  keyed('record', registry, recordType, keyText(key));
