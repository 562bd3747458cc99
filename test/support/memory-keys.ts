/** A key store in memory, with the adapter's rules, and a sealer that only marks what it sealed. */

import type { Sealer } from '../../src/security/at-rest.ts';
import type { KeyStore, StoredKey } from '../../src/store/store.ts';

export const createMemoryKeyStore = (): KeyStore & { readonly stored: Map<string, StoredKey> } => {
  const stored = new Map<string, StoredKey>();
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
