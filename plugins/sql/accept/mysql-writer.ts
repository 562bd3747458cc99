/** Adds rows to a table in MySQL or MariaDB. */

import { BackendError } from 'dci-gateway/plugin';
import mysql, { type PoolConnection, type RowDataPacket } from 'mysql2/promise';
import { codeOf, judge } from '../mysql-database.ts';
import { type Pooled, runWithDeadline } from '../run-with-deadline.ts';
import type { ServerOptions } from '../server-options.ts';
import { NO_UNIQUE_KEY, REFUSED, type RowWriter, type WriterOptions } from './row-writer.ts';

const CONNECTIONS = 2;
/** A value that does not fit, by SQLSTATE: data exceptions, integrity constraints (the driver's names of MariaDB's errors are MySQL's). */
const UNFIT = /^2[23]/;
/** Those that have no such SQLSTATE: cut, no default, no such character, MySQL's CHECK. */
const UNFIT_NUMBERS: ReadonlySet<number> = new Set([1265, 1364, 1366, 3819]);
const WRONG_TABLE = /^ER_(NO_SUCH_TABLE|BAD_FIELD|PARSE_ERROR|TABLEACCESS_DENIED|COLUMNACCESS_DENIED|NON_INSERTABLE)/;
const DUPLICATE = 'ER_DUP_ENTRY';

const quoted = (name: string): string =>
  name
    .split('.')
    .map((part) => `\`${part.replaceAll('`', '``')}\``)
    .join('.');

export const createMysqlWriter = (
  server: Pick<ServerOptions, 'url' | 'tls' | 'connectMs'>,
  { table, key, columns, timeoutMs }: WriterOptions,
): RowWriter => {
  const names = [key, ...columns].map(quoted);
  const sql = `insert into ${quoted(table)} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`;
  const known = `select 1 from ${quoted(table)} where ${quoted(key)} = ?`;
  const pool = mysql.createPool({
    uri: server.url.replace(/^mariadb:/, 'mysql:'),
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: server.connectMs,
    connectionLimit: CONNECTIONS,
    enableKeepAlive: true,
    multipleStatements: false,
    ...(server.tls === undefined ? {} : { ssl: server.tls }),
  });
  const prepared = new WeakSet<object>();
  const pooled: Pooled<PoolConnection> = {
    acquire: async () => {
      const connection = await pool.getConnection();
      if (prepared.has(connection.connection)) return connection;
      try {
        // What does not fit is refused, never cut: whatever the server's own mode is.
        const seconds = Math.max(1, Math.floor(timeoutMs / 1000));
        await connection.query(
          `set session sql_mode = concat(@@sql_mode, ',STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE'), time_zone = '+00:00', innodb_lock_wait_timeout = ${seconds}`,
        );
      } catch (error) {
        connection.destroy();
        throw error;
      }
      prepared.add(connection.connection);
      return connection;
    },
    release: (connection, broken) => (broken ? connection.destroy() : connection.release()),
    cancel: async () => undefined, // an INSERT of one row waits for nothing but locks, and for those not longer than that
    judge,
  };
  return {
    write: ({ key: value, values }, ctx) =>
      runWithDeadline(pooled, ctx, async (connection) => {
        const bound = values.map((each) => (typeof each === 'boolean' ? Number(each) : each));
        try {
          await connection.execute(sql, [value, ...bound]);
          return { status: 'stored' };
        } catch (error) {
          const code = codeOf(error);
          if (code === DUPLICATE) {
            const [rows] = await connection.execute<RowDataPacket[]>(known, [value]);
            if (rows.length > 0) return { status: 'known' };
          }
          if (isUnfit(error)) return REFUSED;
          throw error;
        }
      }),
    check: (ctx) =>
      runWithDeadline(pooled, ctx, async (connection) => {
        try {
          await connection.query(`explain ${sql.replaceAll('?', 'null')}`);
          await connection.query(`select ${names.join(', ')} from ${quoted(table)} limit 0`);
        } catch (error) {
          if (!(error instanceof Error) || error instanceof BackendError || !WRONG_TABLE.test(codeOf(error)))
            throw error;
          return [{ path: ['accept'], problem: `does not fit the table: ${error.message}` }];
        }
        const [rows] = await connection.query<RowDataPacket[]>(`show index from ${quoted(table)} where Non_unique = 0`);
        const columnsOf = Map.groupBy(rows, (row) => String(row.Key_name));
        const unique = [...columnsOf.values()].some((parts) => parts.length === 1 && parts[0]?.Column_name === key);
        return unique ? [] : [NO_UNIQUE_KEY];
      }),
    close: () => pool.end(),
  };
};

const isUnfit = (error: unknown): boolean =>
  error instanceof Error &&
  (('sqlState' in error && typeof error.sqlState === 'string' && UNFIT.test(error.sqlState)) ||
    ('errno' in error && typeof error.errno === 'number' && UNFIT_NUMBERS.has(error.errno)));
