/** What a key set holds (RFC 7517): keys for signatures and for encryption, and why others are left out. */

import type { PartnerEncryptionKey, PartnerKey } from '../partner.ts';
import { readEncryptionKey } from './encryption-key.ts';
import { isForEncryption } from './meant-for.ts';
import { KeyProblem, readPublicKey } from './public-key.ts';

const MAX_JWKS_KEYS = 50;

export interface KeySet {
  /** They verify signatures. */
  readonly keys: readonly PartnerKey[];
  /** Those for encryption: messages are encrypted for them. */
  readonly encryptionKeys: readonly PartnerEncryptionKey[];
  /** There are keys for encryption, but none that can be used: its owner wants what we cannot do. */
  readonly wantsMore: boolean;
  /** Keys of the set that cannot be used, and why. */
  readonly skipped: readonly string[];
}

/**
 * Keys that cannot be used (other kinds, no kid, broken) are left out; what each is meant for tells those for encryption from the others.
 *
 * @param document as `JSON.parse` answers it
 * @throws KeyProblem when it is no key set
 */
export const readJwks = async (document: unknown): Promise<KeySet> => {
  const list = (document as { readonly keys?: unknown } | null)?.keys;
  if (!Array.isArray(list)) throw new KeyProblem('The key set has no list of keys.');
  if (list.length > MAX_JWKS_KEYS) throw new KeyProblem(`The key set has more than ${MAX_JWKS_KEYS} keys.`);
  const signing = await readAll(list.filter((member) => !isMemberForEncryption(member)), readSigningKey); // biome-ignore format: one look
  if (new Set(signing.keys.map(({ keyId }) => keyId)).size < signing.keys.length)
    throw new KeyProblem('The key set has two keys of one kid.');
  // Equivalent keys of several kinds may share a kid (RFC 7517, 4.5): the first that can be used is encrypted for.
  const encryption = await readAll(list.filter(isMemberForEncryption), readForEncryption);
  return {
    keys: signing.keys,
    encryptionKeys: encryption.keys,
    wantsMore: encryption.keys.length === 0 && encryption.skipped.length > 0,
    skipped: [...signing.skipped, ...encryption.skipped],
  };
};

const isMemberForEncryption = (member: unknown): boolean =>
  typeof member === 'object' && member !== null && isForEncryption(member as Readonly<Record<string, unknown>>);

const readAll = async <Key extends object>(
  members: readonly unknown[],
  read: (member: object) => Promise<Key | string>,
): Promise<{ readonly keys: readonly Key[]; readonly skipped: readonly string[] }> => {
  const all = await Promise.all(members.map((member) => readMember(member, read)));
  return {
    keys: all.filter((each) => typeof each !== 'string'),
    skipped: all.filter((each) => typeof each === 'string'),
  };
};

const readMember = async <Key>(
  member: unknown,
  read: (member: object) => Promise<Key | string>,
): Promise<Key | string> => {
  if (typeof member !== 'object' || member === null) return 'an entry is not an object';
  try {
    return await read(member);
  } catch (error) {
    if (error instanceof KeyProblem) return error.message;
    throw error;
  }
};

const NAMELESS = 'a key has no kid';

const readSigningKey = async (member: object): Promise<PartnerKey | string> => {
  const { algorithm, jwk, keyId } = await readPublicKey(member);
  return keyId === undefined ? NAMELESS : { keyId, algorithm, jwk, source: 'jwks', active: true };
};

const readForEncryption = async (member: object): Promise<PartnerEncryptionKey | string> => {
  const { algorithm, jwk, keyId } = await readEncryptionKey(member);
  return keyId === undefined ? NAMELESS : { keyId, algorithm, jwk, source: 'jwks', active: true };
};
