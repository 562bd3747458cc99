/** The store that the configuration names: in a folder of this machine, or on MongoDB. */

import type { Clock } from '../clock.ts';
import type { StoreConfig } from '../config/config.ts';
import type { MongoStore } from '../store/mongo/mongo-store.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';

export interface OpenedStore {
  readonly store: Store;
  /** Connected; there when the store is on MongoDB. It is closed with the store. */
  readonly mongo?: MongoStore['database'];
}

/** Rejects with a `StoreError` whose message is for the operator. @param role a `command` works beside a gateway that runs */
export const openStore = async (
  { folder, mongodb }: StoreConfig,
  clock: Clock,
  role: 'gateway' | 'command' = 'gateway',
): Promise<OpenedStore> => {
  if (mongodb === undefined) return { store: await openSqliteStore({ folder, clock, role }) };
  // Its driver is large: who keeps the state in a folder does not load it.
  const { openMongoStore } = await import('../store/mongo/mongo-store.ts');
  const store = await openMongoStore({ ...mongodb, clock });
  return { store, mongo: store.database };
};
