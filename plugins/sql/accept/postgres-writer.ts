/** Adds rows to a table in PostgreSQL. */

import { BackendError } from 'dci-gateway/plugin';
import pg from 'pg';
import { codeOf, judge } from '../postgres-database.ts';
import { type Pooled, runWithDeadline } from '../run-with-deadline.ts';
import { postgresAddress } from '../server-address.ts';
import type { ServerOptions } from '../server-options.ts';
import { NO_UNIQUE_KEY, REFUSED, type RowWriter, type WriterOptions } from './row-writer.ts';

const CONNECTIONS = 2;
const IDLE_MS = 60_000;
/** A value that does not fit: data exceptions, integrity constraints. */
const UNFIT = /^2[23]/;
/** No table, no column, no right, no syntax. */
const WRONG_TABLE = /^(42|3F)/;
const NO_ARBITER = '42P10';

const quoted = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');

export const createPostgresWriter = (
  server: Pick<ServerOptions, 'url' | 'tls' | 'connectMs' | 'log'>,
  { table, key, columns, timeoutMs }: WriterOptions,
): RowWriter => {
  const names = [key, ...columns].map(quoted);
  const sql = `insert into ${quoted(table)} (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')})
    on conflict (${quoted(key)}) do nothing`;
  const pool = new pg.Pool({
    ...postgresAddress(server.url, {
      statement_timeout: timeoutMs,
      default_transaction_read_only: 'off',
      TimeZone: 'UTC',
      DateStyle: 'ISO,YMD',
    }),
    connectionTimeoutMillis: server.connectMs,
    application_name: 'dci-gateway',
    max: CONNECTIONS,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    ...(server.tls === undefined ? {} : { ssl: server.tls }),
  });
  pool.on('error', (error) => server.log.debug('lost an idle connection', { code: codeOf(error) }));
  const pooled: Pooled<pg.PoolClient> = {
    acquire: () => pool.connect(),
    release: (client, broken) => client.release(broken),
    cancel: async () => undefined, // an INSERT of one row ends by the server's statement_timeout
    judge,
  };
  return {
    write: ({ key: value, values }, ctx) =>
      runWithDeadline(pooled, ctx, async (client) => {
        try {
          const { rowCount } = await client.query(sql, [value, ...values]);
          return { status: rowCount === 0 ? 'known' : 'stored' };
        } catch (error) {
          if (UNFIT.test(codeOf(error))) return REFUSED;
          throw error;
        }
      }),
    check: (ctx) =>
      runWithDeadline(pooled, ctx, async (client) => {
        try {
          await client.query(`explain ${sql.replaceAll(/\$\d+/g, 'null')}`);
          return [];
        } catch (error) {
          if (codeOf(error) === NO_ARBITER) return [NO_UNIQUE_KEY];
          if (!(error instanceof Error) || error instanceof BackendError || !WRONG_TABLE.test(codeOf(error)))
            throw error;
          return [{ path: ['accept'], problem: `does not fit the table: ${error.message}` }];
        }
      }),
    close: () => pool.end(),
  };
};
