/** A key store in memory, with the adapter's rules, and a sealer that only marks what it sealed. */

import type { Sealer } from '../../src/security/at-rest.ts';
import { idInLine, LINES } from '../../src/security/keys/key-lines.ts';
import { makeStoredKey } from '../../src/security/keys/own-key.ts';
import type { KeyStore, StoredKey } from '../../src/store/store.ts';

/** @param lent keys that are there already */
export const createMemoryKeyStore = (
  lent: readonly StoredKey[] = [],
): KeyStore & { readonly stored: Map<string, StoredKey> } => {
  const stored = new Map(lent.map((key) => [key.id, key]));
  return {
    stored,
    list: async () => [...stored.values()],
    insertIfAbsent: async (key) => {
      if (stored.has(key.id)) return false;
      stored.set(key.id, key);
      return true;
    },
    update: async (key) => {
      stored.set(key.id, key);
    },
  };
};

export const createTestSealer = (secret = 'a'): Sealer => ({
  seal: (plain) => `${secret}:${Buffer.from(plain).toString('base64')}`,
  open: (sealed) => {
    if (!sealed.startsWith(`${secret}:`)) throw new Error('sealed with another key');
    return Buffer.from(sealed.slice(secret.length + 1), 'base64').toString();
  },
});

const LENT = 'encryption-rsa';

/** The RSA key of a first start under the usual test sealer: making one takes longer than most tests. */
export const makeLentKey = (): Promise<StoredKey> => {
  const { use, kind } = LINES[LENT];
  return makeStoredKey(createTestSealer(), kind, { id: idInLine(LENT, 1), use, createdAt: 0, activeFrom: 0 });
};
