/** Reads a registry that lies in PostgreSQL, MySQL, MariaDB or SQLite. */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type BackendPlugin, ConfigProblems, definePlugin, type PluginEnvironment } from 'dci-gateway/plugin';
import { createSqliteBackend } from '../relational/sqlite-backend.ts';
import type { AcceptConfig } from './accept/accept-schema.ts';
import { createMysqlWriter } from './accept/mysql-writer.ts';
import { createPostgresWriter } from './accept/postgres-writer.ts';
import { createRowReader } from './accept/read-row.ts';
import type { RowWriter, WriterOptions } from './accept/row-writer.ts';
import { createSqliteWriter } from './accept/sqlite-writer.ts';
import { withAccept } from './accept/with-accept.ts';
import { CONFIG_SCHEMA, checkConfig, milliseconds, type SqlConfig } from './config.ts';
import { createMysqlBackend } from './mysql-backend.ts';
import { createPostgresBackend } from './postgres-backend.ts';
import type { ServerOptions } from './server-options.ts';

const TIMEOUT_MS = 10_000;
const CONNECT_MS = 3_000;
const CONNECTIONS = 10;
const THREADS = 2;

const readCa = (ca: string, baseFolder: string): string => {
  if (ca.includes('-----BEGIN')) return ca;
  const file = resolve(baseFolder, ca);
  if (!existsSync(file))
    throw new ConfigProblems([{ path: ['ssl', 'ca'], problem: 'is neither a PEM text nor a file' }]);
  return readFileSync(file, 'utf8');
};

const create = (config: SqlConfig, { baseFolder, stateFolder, log }: PluginEnvironment): BackendPlugin => {
  const { client, entities, pool, ssl } = config;
  const timeoutMs = milliseconds(config.timeout, TIMEOUT_MS);
  if (client === 'sqlite') {
    const backend = createSqliteBackend({
      file: resolve(baseFolder, config.file ?? ''),
      entities,
      timeoutMs,
      threads: pool?.max ?? THREADS,
      changes: { stateFolder, keepsRows: false },
    });
    return accepting(config, backend, (accept, writer) =>
      createSqliteWriter(resolve(baseFolder, accept.file ?? ''), writer),
    );
  }
  const options: ServerOptions = {
    url: config.url ?? '',
    entities,
    schema: config.schema,
    timeoutMs,
    connectMs: milliseconds(pool?.connect_timeout, CONNECT_MS),
    connections: pool?.max ?? CONNECTIONS,
    stateFolder,
    log,
    tls:
      ssl === undefined
        ? undefined
        : {
            rejectUnauthorized: ssl.reject_unauthorized ?? true,
            ...(ssl.ca === undefined ? {} : { ca: readCa(ssl.ca, baseFolder) }),
          },
  };
  if (client === 'postgres')
    return accepting(config, createPostgresBackend(options), ({ url = '' }, writer) =>
      createPostgresWriter({ ...options, url }, writer),
    );
  return accepting(config, createMysqlBackend(options), ({ url = '' }, writer) =>
    createMysqlWriter({ ...options, url }, writer),
  );
};

/** The backend as it is where nothing says what to write, and where. */
const accepting = (
  { accept, timeout }: SqlConfig,
  backend: BackendPlugin,
  writerOf: (accept: AcceptConfig, options: WriterOptions) => RowWriter,
): BackendPlugin => {
  if (accept === undefined) return backend;
  const reader = createRowReader(accept);
  const { table, key } = accept;
  const options = { table, key, columns: reader.columns, timeoutMs: milliseconds(timeout, TIMEOUT_MS) };
  return withAccept(backend, reader, writerOf(accept, options));
};

export default definePlugin<SqlConfig>({ name: 'sql', configSchema: CONFIG_SCHEMA, check: checkConfig, create });
