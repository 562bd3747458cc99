/** The Store on MongoDB, for any number of replicas. */

import { type Db, MongoClient } from 'mongodb';
import type { Clock } from '../../clock.ts';
import { COLLECTIONS } from '../async-documents.ts';
import type { Collection } from '../documents.ts';
import { type Store, StoreError } from '../store.ts';
import { createDocuments } from './documents.ts';
import { ensureForms } from './ensure-forms.ts';
import { ensureIndexes } from './ensure-indexes.ts';
import { createKeyStore } from './keys.ts';
import { createLanes, LANES, laneIndexes } from './lanes.ts';
import { asMongoCall } from './mongo-call.ts';
import { createPartnerStore, PARTNERS, partnerIndexes } from './partners.ts';
import { createReplayMemory, REPLAY, replayIndexes } from './replay.ts';
import { indexesOf } from './stored-form.ts';

export interface MongoStoreOptions {
  readonly url: string;
  readonly database: string;
  readonly clock: Clock;
  /** Of documents; those of the gateway by default. */
  readonly collections?: readonly Collection[];
  /** How long to look for a server: at start, and in each call when it is gone. */
  readonly connectMs?: number;
}

export interface MongoStore extends Store {
  /** Connected, for those who bring their own collections (Agenda). It is closed with the store. */
  readonly database: Db;
}

const CONNECT_MS = 3_000;
const SOCKET_MS = 15_000;
const WRITE_CONCERN_MS = 5_000;
/** An index of a big collection takes its time; the gateway starts after it. */
const INDEXES_MS = 600_000;

/** Rejects with a `StoreError` that names the servers, without credentials, when none answers or the indexes cannot be made. */
export const openMongoStore = async (options: MongoStoreOptions): Promise<MongoStore> => {
  const { url, clock, collections = COLLECTIONS, connectMs = CONNECT_MS } = options;
  const client = createClient(url, connectMs);
  try {
    const database = await connect(client, options.database, hostsOf(url));
    await asMongoCall('bring its indexes up to date', () => bringUpToDate(database, collections), INDEXES_MS);
    const lanes = createLanes(database);
    return {
      database,
      partners: createPartnerStore(database),
      keys: createKeyStore(database),
      replay: createReplayMemory(database, clock),
      documents: createDocuments({ database, wake: lanes.wake }),
      lanes,
      tidy: async () => undefined, // the server uses deleted content's room again by itself
      health: () => asMongoCall('answer', async () => void (await database.command({ ping: 1 }))),
      close: () => client.close(),
    };
  } catch (cause) {
    await client.close();
    throw cause;
  }
};

const connect = async (client: MongoClient, name: string, hosts: string): Promise<Db> => {
  try {
    await client.connect();
    const database = client.db(name);
    await database.command({ ping: 1 }); // a wrong user is told here
    return database;
  } catch (cause) {
    throw new StoreError(`MongoDB at ${hosts} does not answer or refuses: is it running, is store.mongodb right?`, {
      cause,
    });
  }
};

const bringUpToDate = async (database: Db, collections: readonly Collection[]): Promise<void> => {
  await ensureIndexes(database, PARTNERS, partnerIndexes);
  await ensureIndexes(database, REPLAY, replayIndexes);
  await ensureIndexes(database, LANES, laneIndexes);
  await Promise.all(collections.map((each) => ensureIndexes(database, each.name, indexesOf(each))));
  await ensureForms(database, collections);
};

const createClient = (url: string, connectMs: number): MongoClient => {
  try {
    return new MongoClient(url, {
      appName: 'dci-gateway',
      writeConcern: { w: 'majority', journal: true, wtimeoutMS: WRITE_CONCERN_MS },
      // A write that is refused as a duplicate has waited for the majority as well, so what is read after it is durable.
      readConcern: { level: 'local' },
      readPreference: 'primary',
      retryWrites: true,
      serverSelectionTimeoutMS: connectMs,
      connectTimeoutMS: connectMs,
      socketTimeoutMS: SOCKET_MS,
      waitQueueTimeoutMS: connectMs,
    });
  } catch (cause) {
    throw new StoreError('store.mongodb.url is no MongoDB address: mongodb://host:27017/?replicaSet=rs0', { cause });
  }
};

/** The part after the credentials. */
const hostsOf = (url: string): string => url.replace(/^.*?:\/\/([^@/]*@)?/, '').replace(/[/?].*$/, '');
