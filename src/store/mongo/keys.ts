/** Our own keys in MongoDB. The private parts come sealed. */

import type { Db } from 'mongodb';
import { type KeyStore, type StoredKey, StoreError } from '../store.ts';
import { asMongoCall, isDuplicate } from './mongo-call.ts';

interface Form {
  readonly _id: string;
  readonly createdAt: number;
  readonly document: string;
}

export const KEYS = 'own_keys';

export const createKeyStore = (database: Db): KeyStore => {
  const keys = database.collection<Form>(KEYS);
  return {
    // Only the two methods below write these documents.
    list: () =>
      asMongoCall('list keys', async () =>
        (await keys.find().sort({ createdAt: 1, _id: 1 }).toArray()).map(
          ({ document }) => JSON.parse(document) as StoredKey,
        ),
      ),
    insertIfAbsent: (key) =>
      asMongoCall('add a key', async () => {
        try {
          await keys.insertOne({ _id: key.id, createdAt: key.createdAt, document: JSON.stringify(key) });
          return true;
        } catch (cause) {
          if (isDuplicate(cause)) return false;
          throw cause;
        }
      }),
    update: (key) =>
      asMongoCall('change a key', async () => {
        const { matchedCount } = await keys.updateOne({ _id: key.id }, { $set: { document: JSON.stringify(key) } });
        if (matchedCount === 0) throw new StoreError(`there is no key ${key.id} to change`);
      }),
  };
};
