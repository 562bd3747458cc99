/** The embedded Store: SQLite files in one folder, for one gateway process. */

import type { Clock } from '../../clock.ts';
import { COLLECTIONS } from '../async-documents.ts';
import type { Collection } from '../documents.ts';
import type { Store } from '../store.ts';
import { ensureTables } from './document-tables.ts';
import { createDocuments } from './documents.ts';
import { createWriter } from './group-commit.ts';
import { createKeyStore, KEY_TABLES } from './keys.ts';
import { createLanes, endAllLeases, LANE_TABLES } from './lanes.ts';
import { closeDatabase, inTransaction, openDatabase, truncateLog } from './open-database.ts';
import { createPartnerStore, PARTNER_TABLES } from './partners.ts';
import { preparePrivateFolder, storeFiles } from './private-files.ts';
import { takeProcessLock } from './process-lock.ts';
import { createReplayMemory, noReplayMemory, REPLAY_BY_MINUTE, REPLAY_TABLES } from './replay.ts';
import { asStoreCall } from './retry.ts';

export interface SqliteStoreOptions {
  /** Made where it is missing, 0700. */
  readonly folder: string;
  readonly clock: Clock;
  /** `gateway` (default) serves and is alone; a `command` makes short writes beside it and has no replay memory. */
  readonly role?: 'gateway' | 'command';
  /** Of documents; those of the gateway by default. */
  readonly collections?: readonly Collection[];
}

const STATE = {
  migrations: [PARTNER_TABLES + KEY_TABLES, LANE_TABLES],
  synchronous: 'FULL',
  whenBroken: 'Stop the gateway and put a backup in its place; partners and keys are in it',
} as const;

const REPLAY = {
  migrations: [REPLAY_TABLES, REPLAY_BY_MINUTE],
  // Losing the last moments of it in a power cut is bearable: signatures expire by themselves.
  synchronous: 'NORMAL',
  whenBroken: 'Delete it (and its -wal and -shm): only the memory of the last minutes of messages is lost',
} as const;

/** Rejects with a `StoreError` that names the file and what to do: wider modes, a second gateway, a damaged or newer file. */
export const openSqliteStore = async (options: SqliteStoreOptions): Promise<Store> => {
  const { folder, clock, role = 'gateway', collections = COLLECTIONS } = options;
  const files = storeFiles(folder);
  await preparePrivateFolder(folder);
  const cleanUp = new AsyncDisposableStack();
  try {
    if (role === 'gateway') {
      const lock = await takeProcessLock(files.lock, folder);
      cleanUp.defer(() => lock.release());
    }
    const state = await openDatabase(files.state, STATE);
    cleanUp.defer(() => closeDatabase(state));
    const replay = role === 'gateway' ? await openReplay(files.replay, clock, cleanUp) : noReplayMemory;
    await asStoreCall('bring its tables up to date', () =>
      inTransaction(state, () => {
        ensureTables(state, collections);
        if (role === 'gateway') endAllLeases(state);
      }),
    );
    const writer = createWriter(state);
    cleanUp.defer(() => writer.drained());
    const lanes = createLanes({ database: state, writer, clock });
    const alive = state.prepare('SELECT 1');
    return {
      partners: createPartnerStore(state),
      keys: createKeyStore(state),
      replay,
      documents: createDocuments({ database: state, writer, collections, wake: lanes.wakeNow }),
      lanes,
      tidy: () => asStoreCall('truncate its log', () => void truncateLog(state)),
      health: () => asStoreCall('answer', () => void alive.get()),
      close: () => cleanUp.disposeAsync(),
    };
  } catch (cause) {
    await cleanUp.disposeAsync();
    throw cause;
  }
};

const openReplay = async (path: string, clock: Clock, cleanUp: AsyncDisposableStack) => {
  const database = await openDatabase(path, REPLAY);
  cleanUp.defer(() => closeDatabase(database));
  const memory = createReplayMemory(database, clock);
  cleanUp.defer(() => memory.flushed());
  return memory;
};
