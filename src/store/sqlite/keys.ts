/** Our own keys in SQLite. The private parts come sealed. */

import type { DatabaseSync } from 'node:sqlite';
import { type KeyStore, type StoredKey, StoreError } from '../store.ts';
import { inTransaction } from './open-database.ts';
import { asStoreCall } from './retry.ts';

export const KEY_TABLES = `
  CREATE TABLE own_key (
    id TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
`;

export const createKeyStore = (database: DatabaseSync): KeyStore => {
  const all = database.prepare('SELECT document FROM own_key ORDER BY created_at, id');
  const add = database.prepare(
    'INSERT INTO own_key (id, created_at, document) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const change = database.prepare('UPDATE own_key SET document = ? WHERE id = ?');

  return {
    // Only the two methods below write these documents.
    list: () =>
      asStoreCall('list keys', () =>
        (all.all() as unknown as { document: string }[]).map(({ document }) => JSON.parse(document) as StoredKey),
      ),
    insertIfAbsent: (key) =>
      asStoreCall('add a key', () =>
        inTransaction(database, () => add.run(key.id, key.createdAt, JSON.stringify(key)).changes === 1),
      ),
    update: (key) =>
      asStoreCall('change a key', () =>
        inTransaction(database, () => {
          const { changes } = change.run(JSON.stringify(key), key.id);
          if (changes === 0) throw new StoreError(`there is no key ${key.id} to change`);
        }),
      ),
  };
};
