/** Connections to PostgreSQL: read-only, values as the server's text, stopped at the deadline. */

import { BackendError, type CallContext, type PluginLog } from 'dci-gateway/plugin';
import pg from 'pg';
import { type Database, fillSlots, type RawRow, type Session, type Statement } from '../relational/database.ts';
import { SourceError } from '../relational/introspection.ts';
import { type Judged, type Pooled, runWithDeadline } from './run-with-deadline.ts';
import { postgresAddress } from './server-address.ts';
import type { ServerOptions } from './server-options.ts';

/** Statements that are used often enough to be prepared under a name; a name lives as long as its connection. */
const MAX_NAMED = 200;
const NAMED_FROM_USE = 3;
const IDLE_MS = 60_000;

/** SQLSTATEs and socket errors after which the connection is of no use. */
const BROKEN = /^(08|57P0[1-5]|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)/;
const CANCELLED = new Set(['57014', '55P03']);
/** What pg says, without a code, of connections that ended or cannot be had. */
const LOST = /connection|timeout|client (was|has)/i;
/** Too many connections, starting up, wrong password, no such database: an operator's matter, not the query's. */
const UNAVAILABLE = /^(53|57P03|28|3D)/;

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const asText = { getTypeParser: () => (value: unknown) => value };

export class PostgresDatabase implements Database {
  readonly #config: pg.ClientConfig;
  readonly #pool: pg.Pool;
  #closing: Promise<void> | undefined;
  readonly #pooled: Pooled<pg.PoolClient>;
  readonly #uses = new WeakMap<Statement, { count: number; name?: string }>();
  #named = 0;

  constructor({ url, tls, timeoutMs, connectMs, connections, log }: ServerOptions) {
    const settings = {
      default_transaction_read_only: 'on',
      statement_timeout: timeoutMs,
      idle_in_transaction_session_timeout: timeoutMs,
      TimeZone: 'UTC',
      DateStyle: 'ISO,YMD',
      extra_float_digits: 1,
      // A generic plan knows neither the prefix of a LIKE nor how common a value is.
      plan_cache_mode: 'force_custom_plan',
      standard_conforming_strings: 'on',
    };
    this.#config = {
      ...postgresAddress(url, settings),
      connectionTimeoutMillis: connectMs,
      application_name: 'dci-gateway',
      keepAlive: true,
      types: asText as unknown as pg.CustomTypesConfig, // every value stays the text that the server sent
      ...(tls === undefined ? {} : { ssl: tls }),
    };
    this.#pool = new pg.Pool({ ...this.#config, max: connections, idleTimeoutMillis: IDLE_MS });
    // A connection that breaks while it lies idle: the pool has dropped it, the next search opens another.
    this.#pool.on('error', (error) => log.debug('lost an idle connection', { code: codeOf(error) }));
    this.#pooled = {
      acquire: () => this.#pool.connect(),
      release: (client, broken) => client.release(broken),
      cancel: (client) => this.#cancel(client, log),
      judge,
    };
  }

  session<Result>(ctx: CallContext, work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.client(ctx, (client) =>
      work({
        all: async (statement, values) => {
          const query: pg.QueryArrayConfig = { text: statement.sql, rowMode: 'array' };
          const name = this.#nameOf(statement);
          if (name !== undefined) query.name = name;
          const { rows } = await client.query<RawRow & unknown[]>({
            ...query,
            values: [...fillSlots(statement, values)],
          });
          return rows;
        },
      }),
    );
  }

  /** A connection for questions about the schema. */
  client<Result>(ctx: CallContext, work: (client: pg.ClientBase) => Promise<Result>): Promise<Result> {
    return runWithDeadline(this.#pooled, ctx, work);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    await this.#closing;
  }

  #nameOf(statement: Statement): string | undefined {
    const use = this.#uses.get(statement) ?? { count: 0 };
    use.count += 1;
    this.#uses.set(statement, use);
    if (use.name === undefined && use.count >= NAMED_FROM_USE && this.#named < MAX_NAMED) {
      this.#named += 1;
      use.name = `dci_${this.#named}`;
    }
    return use.name;
  }

  async #cancel(client: pg.PoolClient, log: PluginLog): Promise<void> {
    const pid = (client as unknown as { readonly processID?: number }).processID; // set by pg, missing in its types
    const other = new pg.Client(this.#config);
    other.on('error', (error) => log.debug('lost the connection that cancels', { code: codeOf(error) }));
    try {
      await other.connect();
      await other.query('select pg_cancel_backend($1::int)', [pid]);
    } catch (error) {
      // statement_timeout ends it on the server in any case
      log.debug('could not cancel a statement', { code: codeOf(error) });
    } finally {
      await other.end();
    }
  }
}

/** What an operator can mend. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['28000', ': this user may not log in'],
  ['28P01', ': wrong user or password'],
  ['3D000', ': there is no such database'],
  ['53300', ': too many connections'],
]);

/** By OpenSSL's and Node's codes; pg says in words alone that a server has no TLS. */
const CERTIFICATE = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH)/;
const NO_TLS = /not support SSL/;

const tlsFault = (error: unknown): string | undefined => {
  const code = codeOf(error);
  if (CERTIFICATE.test(code)) return `${code}: its certificate is not accepted`;
  return error instanceof Error && NO_TLS.test(error.message) ? 'it speaks no TLS' : undefined;
};

/** Messages of PostgreSQL may quote values (`invalid input syntax for type integer: "…"`): only its code goes on. */
export const judge = (error: unknown): Judged => {
  if (error instanceof BackendError || error instanceof SourceError) return { error, broken: false };
  const code = codeOf(error);
  if (CANCELLED.has(code)) return { error: new BackendError('timeout', 'the search took too long'), broken: false };
  const lost = code === '' && error instanceof Error && LOST.test(error.message);
  const tls = tlsFault(error);
  const broken = lost || tls !== undefined || BROKEN.test(code);
  if (broken || UNAVAILABLE.test(code)) {
    const why = tls ?? `${code || 'no connection'}${MEANINGS.get(code) ?? ''}`;
    return { error: new BackendError('unavailable', `PostgreSQL does not answer (${why})`), broken };
  }
  if (code === '') return { error: error instanceof Error ? error : new Error('unknown fault'), broken: true };
  return { error: new BackendError('refused', `PostgreSQL refused a statement (${code})`), broken: false };
};
