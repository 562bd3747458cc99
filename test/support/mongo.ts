/**
 * A server that speaks MongoDB's protocol, for tests: the one of `MONGODB_URL`, a `mongod` that is installed, or SecantusDB
 * from `.venv` (`test/support/install-mongo.sh` puts it there). Nothing may depend on which of them it is.
 */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { findBinary, missing, type Place, startServer } from './local-server.ts';

export interface MongoServer extends AsyncDisposable {
  readonly url: string;
  /** `given`: it is not ours, so `stop` and `restart` do nothing. */
  readonly kind: 'given' | 'mongod' | 'secantus';
  /** Ends it at once, as a crash would. */
  stop(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Removes what a test left there. */
  drop(database: string): Promise<void>;
}

const SECANTUS = fileURLToPath(new URL('../../.venv/secantus/bin/secantusd-py', import.meta.url));

export const newDatabaseName = (): string => `dci_${randomBytes(6).toString('hex')}`;

/** Undefined, with a loud line, where there is none; an error when `CI=true`. @param own one that may be stopped */
export const startMongo = async ({
  own = false,
}: {
  readonly own?: boolean;
} = {}): Promise<MongoServer | undefined> => {
  const given = process.env.MONGODB_URL;
  if (given && !own) return { ...serverAt(given), kind: 'given' };
  const launch = chooseLaunch();
  if (launch === undefined) return missing('MongoDB (or SecantusDB: test/support/install-mongo.sh)');
  const urlAt = (port: number) => `mongodb://127.0.0.1:${port}/`;
  const server = await startServer({
    name: `MongoDB (${launch.kind})`,
    launch: launch.at,
    ready: ({ port }) => ask(urlAt(port), 'admin', (db) => db.command({ ping: 1 })),
  });
  return {
    ...serverAt(urlAt(server.port)),
    kind: launch.kind,
    stop: () => server.stop(),
    restart: () => server.start(),
    [Symbol.asyncDispose]: () => server.dispose(),
  };
};

const serverAt = (url: string): Omit<MongoServer, 'kind'> => ({
  url,
  stop: async () => undefined,
  restart: async () => undefined,
  drop: async (database) => void (await ask(url, database, (db) => db.dropDatabase())),
  [Symbol.asyncDispose]: async () => undefined,
});

const chooseLaunch = () => {
  const mongod = findBinary(['mongod']);
  if (mongod !== undefined) {
    const at = ({ folder, port }: Place) => ({
      command: mongod,
      args: ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
    });
    return { kind: 'mongod' as const, at };
  }
  if (!existsSync(SECANTUS)) return undefined;
  const at = ({ folder, port }: Place) => ({
    command: SECANTUS,
    args: ['--host', '127.0.0.1', '--port', String(port), '--storage-path', join(folder, 'data'), '--sync-on-commit'],
  });
  return { kind: 'secantus' as const, at };
};

const ask = async <T>(
  url: string,
  database: string,
  work: (db: ReturnType<MongoClient['db']>) => Promise<T>,
): Promise<T> => {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 1_000 });
  try {
    return await work(client.db(database));
  } finally {
    await client.close();
  }
};
