/** Connections to MySQL or MariaDB: read-only, values as text where JavaScript has no type for them, stopped at the deadline. */

import { BackendError, type CallContext } from 'dci-gateway/plugin';
import mysql, { type Pool, type PoolConnection, type PoolOptions } from 'mysql2/promise';
import { type Database, fillSlots, type RawRow, type Session } from '../relational/database.ts';
import { SourceError } from '../relational/introspection.ts';
import { type Judged, type Pooled, runWithDeadline } from './run-with-deadline.ts';
import type { ServerOptions } from './server-options.ts';

const MAX_PREPARED = 200;
const IDLE_MS = 60_000;

/** Zero dates are values here, and CHAR is not padded, whatever the server's default mode is. */
const MODES_OUT = ['NO_ZERO_DATE', 'NO_ZERO_IN_DATE', 'PAD_CHAR_TO_FULL_LENGTH', 'TRADITIONAL'];

/**
 * Statements with subqueries are prepared anew each time: MariaDB 10.11 crashes at the second execution of some of them
 * (a semi-join over a SELECT with a join of its own).
 */
const NESTED = /\bselect\b[\s\S]*\bselect\b/i;

const BROKEN =
  /^(PROTOCOL_CONNECTION_LOST|PROTOCOL_ENQUEUE|PROTOCOL_SEQUENCE|ER_SERVER_SHUTDOWN|ER_CONNECTION_KILLED|ER_CLIENT_INTERACTION_TIMEOUT|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|HANDSHAKE)/;
const STOPPED = new Set(['ER_QUERY_INTERRUPTED', 'ER_STATEMENT_TIMEOUT', 'ER_QUERY_TIMEOUT', 'ER_LOCK_WAIT_TIMEOUT']);
/** MariaDB's ER_STATEMENT_TIMEOUT, which mysql2 names after a MySQL error of the same number. */
const STATEMENT_TIMEOUT_NUMBERS = new Set([1969, 3024, 1317, 1028]);
/** Parameters of one statement: 65,535. Lists of a thousand values stay far below, a dozen of them do not. */
const TOO_MANY_VALUES = 'ER_PS_MANY_PARAM';
const UNAVAILABLE = new Set([
  'ER_CON_COUNT_ERROR',
  'ER_ACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_BAD_DB_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
]);

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
const numberOf = (error: unknown): number => (error instanceof Error && 'errno' in error ? Number(error.errno) : 0);

export class MysqlDatabase implements Database {
  readonly #config: PoolOptions;
  readonly #pool: Pool;
  #closing: Promise<void> | undefined;
  readonly #pooled: Pooled<PoolConnection>;
  readonly #prepared = new WeakSet<object>();
  readonly #timeoutMs: number;

  constructor({ url, tls, timeoutMs, connectMs, connections, log }: ServerOptions) {
    this.#timeoutMs = timeoutMs;
    this.#config = {
      uri: url.replace(/^mariadb:/, 'mysql:'),
      charset: 'utf8mb4',
      timezone: 'Z',
      dateStrings: true,
      supportBigNumbers: true,
      decimalNumbers: false,
      jsonStrings: true,
      rowsAsArray: true,
      multipleStatements: false,
      connectTimeout: connectMs,
      enableKeepAlive: true,
      maxPreparedStatements: MAX_PREPARED,
      ...(tls === undefined ? {} : { ssl: tls }),
    };
    this.#pool = mysql.createPool({
      ...this.#config,
      connectionLimit: connections,
      maxIdle: connections,
      idleTimeout: IDLE_MS,
    });
    this.#pooled = {
      acquire: () => this.#acquire(),
      release: (connection, broken) => (broken ? connection.destroy() : connection.release()),
      cancel: async (connection) => {
        try {
          const other = await mysql.createConnection(this.#config);
          try {
            await other.query(`kill query ${Number(connection.threadId)}`);
          } finally {
            other.destroy();
          }
        } catch (error) {
          // the server's own statement timeout ends it in any case
          log.debug('could not stop a statement', { code: codeOf(error) });
        }
      },
      judge,
    };
  }

  session<Result>(ctx: CallContext, work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.client(ctx, (connection) =>
      work({
        all: async (statement, values) => {
          const params = fillSlots(statement, values).map((each) => (typeof each === 'number' ? String(each) : each));
          try {
            const [rows] = await connection.execute(statement.sql, params as (string | Buffer | null)[]);
            return rows as unknown as readonly RawRow[];
          } finally {
            if (NESTED.test(statement.sql)) connection.unprepare(statement.sql);
          }
        },
      }),
    );
  }

  client<Result>(ctx: CallContext, work: (connection: PoolConnection) => Promise<Result>): Promise<Result> {
    return runWithDeadline(this.#pooled, ctx, work);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    await this.#closing;
  }

  async #acquire(): Promise<PoolConnection> {
    const connection = await this.#pool.getConnection();
    if (this.#prepared.has(connection.connection)) return connection;
    try {
      await this.#prepare(connection);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    this.#prepared.add(connection.connection);
    return connection;
  }

  async #prepare(connection: PoolConnection): Promise<void> {
    const [rows] = await connection.query('select version(), @@sql_mode');
    const [version = '', modes = ''] = ((rows as unknown as readonly RawRow[])[0] ?? []).map(String);
    const mode = modes
      .split(',')
      .filter((each) => !MODES_OUT.includes(each))
      .join();
    // MariaDB keeps answers of subqueries by the columns they refer to, compared under their collation: 'A' gets 'a's answer.
    const further = /mariadb/i.test(version)
      ? `max_statement_time = ${this.#timeoutMs / 1000}, optimizer_switch = 'subquery_cache=off'`
      : `max_execution_time = ${this.#timeoutMs}`;
    await connection.query(`set session sql_mode = ?, time_zone = '+00:00', ${further}`, [mode]);
    await connection.query('set session transaction read only');
  }
}

/** Messages of MySQL may quote values (`Data truncation …`): only its code goes on. */
export const judge = (error: unknown): Judged => {
  if (error instanceof BackendError || error instanceof SourceError) return { error, broken: false };
  const code = codeOf(error);
  if (STOPPED.has(code) || STATEMENT_TIMEOUT_NUMBERS.has(numberOf(error)))
    return { error: new BackendError('timeout', 'the search took too long'), broken: false };
  const lost = error instanceof Error && /closed state|connection/i.test(error.message) && !code.startsWith('ER_');
  const broken = lost || BROKEN.test(code);
  if (broken || UNAVAILABLE.has(code))
    return {
      error: new BackendError('unavailable', `the database does not answer (${code || 'no connection'})`),
      broken,
    };
  if (code === TOO_MANY_VALUES)
    return {
      error: new BackendError('too_many', 'the search names more values than a statement takes'),
      broken: false,
    };
  if (code === '') return { error: error instanceof Error ? error : new Error('unknown fault'), broken: true };
  return { error: new BackendError('refused', `the database refused a statement (${code})`), broken: false };
};
