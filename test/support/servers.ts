/**
 * Real servers for tests: PostgreSQL, MariaDB and Redis in folders and on ports of their own, ended with the test.
 *
 * `POSTGRES_URL`, `MARIADB_URL` and `REDIS_URL` win where they are set. Where a server is neither given nor installed the
 * answer is `undefined` with a loud line, and an error when `CI=true`: a test says `{ skip: server === undefined }`.
 */

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { findBinary, freePort, LocalServer, missing, newFolder, run, unprivileged } from './local-server.ts';

export interface TestServer extends AsyncDisposable {
  /** Of the server's first database. */
  readonly url: string;
  readonly port: number;
  /** Ends it at once, as a crash would. `undefined` process: a server that was given, which stays. */
  stop(): Promise<void>;
}

export interface DatabaseServer extends TestServer {
  /** Makes an empty database, runs the statements in it, and answers its URL. `options` follow `CREATE DATABASE name`. */
  createDatabase(statements?: readonly string[], options?: string): Promise<string>;
  /** Starts it again on the same port and data after `stop`. */
  restart(): Promise<void>;
}

const withDatabase = (url: string, name: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
};

const newName = (): string => `dci_${randomBytes(6).toString('hex')}`;

const postgresQuery = async (url: string, statements: readonly string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined); // the server is killed under it on purpose; the query's own error is what counts
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
};

const mariadbQuery = async (url: string, statements: readonly string[]): Promise<void> => {
  const connection = await createConnection({ uri: url, charset: 'utf8mb4', connectTimeout: 5000 });
  try {
    for (const statement of statements) await connection.query(statement);
  } finally {
    connection.destroy();
  }
};

const databases = (
  url: string,
  query: (url: string, statements: readonly string[]) => Promise<void>,
  server: LocalServer | undefined,
): DatabaseServer => ({
  url,
  port: Number(new URL(url).port),
  async createDatabase(statements = [], options = '') {
    const name = newName();
    await query(url, [`CREATE DATABASE ${name} ${options}`]);
    const database = withDatabase(url, name);
    await query(database, statements);
    return database;
  },
  stop: async () => server?.stop(),
  restart: async () => server?.start(),
  [Symbol.asyncDispose]: async () => server?.dispose(),
});

export const startPostgres = async (): Promise<DatabaseServer | undefined> => {
  const given = process.env.POSTGRES_URL;
  if (given) return databases(given, postgresQuery, undefined);
  const [command, initdb] = [findBinary(['postgres']), findBinary(['initdb'])];
  if (command === undefined || initdb === undefined) return missing('PostgreSQL');
  const user = unprivileged();
  const folder = newFolder(user);
  const data = join(folder, 'data');
  const as = user ? { user } : {};
  run({
    command: initdb,
    args: ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'],
    ...as,
  });
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: 200,
    autovacuum: 'off',
    jit: 'off',
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const server = new LocalServer({ command, args, signal: 'SIGQUIT', ...as }, folder, () =>
    postgresQuery(url, ['select 1']),
  );
  await server.start();
  return databases(url, postgresQuery, server);
};

export const startMariadb = async (): Promise<DatabaseServer | undefined> => {
  const given = process.env.MARIADB_URL;
  if (given) return databases(given, mariadbQuery, undefined);
  const [command, install] = [
    findBinary(['mariadbd', 'mysqld']),
    findBinary(['mariadb-install-db', 'mysql_install_db']),
  ];
  if (command === undefined || install === undefined) return missing('MariaDB');
  const folder = newFolder();
  const data = join(folder, 'data');
  const { username } = userInfo();
  const own = [`--datadir=${data}`, `--user=${username}`];
  run({
    command: install,
    args: ['--no-defaults', ...own, '--auth-root-authentication-method=normal', '--skip-test-db'],
  });
  const port = await freePort();
  const url = `mysql://root@127.0.0.1:${port}/mysql`;
  const settings = [
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    `--socket=${join(folder, 's')}`,
    `--pid-file=${join(folder, 'pid')}`,
  ];
  const quick = [
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-doublewrite=0',
    '--skip-log-bin',
    '--max-connections=200',
  ];
  const args = [
    '--no-defaults',
    ...own,
    ...settings,
    ...quick,
    '--innodb-buffer-pool-size=256M',
    '--skip-name-resolve',
  ];
  const server = new LocalServer({ command, args }, folder, () => mariadbQuery(url, ['select 1']));
  await server.start();
  return databases(url, mariadbQuery, server);
};

const answersPing = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
  });

/** `restart` brings it back empty, on the same port. */
export const startRedis = async (): Promise<(TestServer & { restart(): Promise<void> }) | undefined> => {
  const given = process.env.REDIS_URL;
  const none = async () => undefined;
  if (given)
    return {
      url: given,
      port: Number(new URL(given).port || 6379),
      stop: none,
      restart: none,
      [Symbol.asyncDispose]: none,
    };
  const command = findBinary(['redis-server', 'valkey-server']);
  if (command === undefined) return missing('Redis');
  const folder = newFolder();
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = new LocalServer({ command, args }, folder, () => answersPing(port));
  await server.start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: () => server.stop(),
    restart: () => server.start(),
    [Symbol.asyncDispose]: () => server.dispose(),
  };
};
