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
import { findBinary, type LocalServer, missing, startServer, unprivileged } from './local-server.ts';

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
  const urlAt = (port: number) => `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: 200,
    autovacuum: 'off',
    jit: 'off',
  };
  const quick = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const account = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
  const server = await startServer({
    name: 'PostgreSQL',
    user: unprivileged(),
    install: ({ folder }) => ({ command: initdb, args: ['-D', join(folder, 'data'), ...account, '-N'] }),
    launch: ({ folder, port }) => ({ command, args: ['-D', join(folder, 'data'), '-p', String(port), ...quick] }),
    ready: ({ port }) => postgresQuery(urlAt(port), ['select 1']),
    signal: 'SIGQUIT',
  });
  return databases(urlAt(server.port), postgresQuery, server);
};

/** Asynchronous input and output, and memory, are things that a small machine may be out of. */
const SMALL = ['--innodb-use-native-aio=0', '--innodb-buffer-pool-size=64M', '--innodb-log-file-size=16M'];
const QUICK = [
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--skip-log-bin',
  '--max-connections=200',
  '--skip-name-resolve',
];

export const startMariadb = async (): Promise<DatabaseServer | undefined> => {
  const given = process.env.MARIADB_URL;
  if (given) return databases(given, mariadbQuery, undefined);
  const [command, install] = [
    findBinary(['mariadbd', 'mysqld']),
    findBinary(['mariadb-install-db', 'mysql_install_db']),
  ];
  if (command === undefined || install === undefined) return missing('MariaDB');
  const urlAt = (port: number) => `mysql://root@127.0.0.1:${port}/mysql`;
  const own = (folder: string) => [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    `--tmpdir=${folder}`,
    `--user=${userInfo().username}`,
    ...SMALL,
  ];
  const server = await startServer({
    name: 'MariaDB',
    install: ({ folder }) => ({
      command: install,
      args: [...own(folder), '--auth-root-authentication-method=normal', '--skip-test-db'],
    }),
    launch: ({ folder, port }) => ({
      command,
      args: [
        ...own(folder),
        ...QUICK,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        `--socket=${join(folder, 's')}`,
        `--pid-file=${join(folder, 'pid')}`,
      ],
    }),
    ready: ({ port }) => mariadbQuery(urlAt(port), ['select 1']),
  });
  return databases(urlAt(server.port), mariadbQuery, server);
};

const answersPing = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
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
  const server = await startServer({
    name: 'Redis',
    launch: ({ folder, port }) => ({
      command,
      args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
    }),
    ready: ({ port }) => answersPing(port),
  });
  return {
    url: `redis://127.0.0.1:${server.port}`,
    port: server.port,
    stop: () => server.stop(),
    restart: () => server.start(),
    [Symbol.asyncDispose]: () => server.dispose(),
  };
};
