/**
 * Statements on a SQLite file. `node:sqlite` blocks the thread it runs on, so a statement whose plan scans a big file, or
 * that once took longer than its share here, runs on another thread.
 */

import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackendError, type CallContext } from 'dci-gateway/plugin';
import { type Database, fillSlots, type RawRow, type Session, type Statement } from './database.ts';
import type { Param } from './dialect.ts';
import { OutOfTime, SqliteConnection } from './sqlite-connection.ts';
import { SqliteThreads } from './sqlite-threads.ts';

/** How long a statement may block the thread that serves; then it starts again on another. */
const MAIN_THREAD_MS = 15;
/** For how long it is started there at once: the machine may have been busy, and handing over the rows of each page is dear. */
const SLOW_FOR_MS = 10_000;
/** Below this size a scan takes less than that anyway. */
const SMALL_FILE_BYTES = 8 * 1024 * 1024;
const BUSY_PAUSE_MS = 20;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

export class SqliteDatabase implements Database {
  readonly #file: string;
  readonly #threads: SqliteThreads;
  readonly #timeoutMs: number;
  /** Statement → until when it goes to another thread; a plan that scans always does. */
  readonly #slow = new WeakMap<Statement, number>();
  #connection: SqliteConnection | undefined;
  #big = false;

  constructor(file: string, threads: number, timeoutMs: number) {
    this.#file = file;
    this.#threads = new SqliteThreads(file, threads);
    this.#timeoutMs = timeoutMs;
  }

  /** The connection of this thread, for questions about the schema. */
  open(): SqliteConnection {
    if (this.#connection === undefined) {
      try {
        this.#connection = new SqliteConnection(this.#file);
        this.#big = statSync(this.#file).size > SMALL_FILE_BYTES;
      } catch (error) {
        throw failure(error);
      }
    }
    return this.#connection;
  }

  async session<Result>(ctx: CallContext, work: (session: Session) => Promise<Result>): Promise<Result> {
    const deadline = Math.min(ctx.deadline, performance.now() + this.#timeoutMs);
    const bounded = { ...ctx, deadline };
    return work({ all: (statement, values) => this.#all(statement, fillSlots(statement, values), bounded) });
  }

  async close(): Promise<void> {
    this.#connection?.close();
    this.#connection = undefined;
    await this.#threads.close();
  }

  #all(
    statement: Statement,
    params: readonly Param[],
    ctx: CallContext,
  ): Promise<readonly RawRow[]> | readonly RawRow[] {
    if (ctx.signal.aborted || performance.now() >= ctx.deadline) throw new BackendError('timeout', 'no time is left');
    const connection = this.open();
    try {
      if (this.#isSlow(connection, statement)) return this.#elsewhere(statement, params, ctx);
      const until = Math.min(ctx.deadline, performance.now() + MAIN_THREAD_MS);
      return connection.all(statement.sql, params, () => performance.now() < until);
    } catch (error) {
      if (error instanceof OutOfTime) {
        this.#slow.set(statement, performance.now() + SLOW_FOR_MS);
        return this.#elsewhere(statement, params, ctx);
      }
      if (isBusy(codeOf(error))) return this.#elsewhere(statement, params, ctx);
      throw failure(error);
    }
  }

  #isSlow(connection: SqliteConnection, statement: Statement): boolean {
    let until = this.#slow.get(statement);
    if (until === undefined) {
      until = this.#big && connection.plan(statement.sql).some(scans) ? Number.POSITIVE_INFINITY : 0;
      this.#slow.set(statement, until);
    }
    return performance.now() < until;
  }

  async #elsewhere(statement: Statement, params: readonly Param[], ctx: CallContext): Promise<readonly RawRow[]> {
    for (;;) {
      const reply = await this.#threads.run(statement.sql, params, ctx);
      if (reply.kind === 'rows') return reply.rows;
      if (reply.kind === 'timeout') throw new BackendError('timeout', 'the search took too long');
      if (!isBusy(reply.code) || performance.now() + BUSY_PAUSE_MS > ctx.deadline)
        throw failure(Object.assign(new Error(reply.message), { errcode: reply.code }));
      await sleep(BUSY_PAUSE_MS);
    }
  }
}

/** A line of a plan that reads a whole table or index of the file. */
export const scans = (line: string): boolean => /^SCAN (?!json_each|CONSTANT|u\b|w\b|\d+ CONSTANT)/.test(line);

const codeOf = (error: unknown): number => (error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0);

const isBusy = (code: number): boolean => (code & 0xff) === SQLITE_BUSY || (code & 0xff) === SQLITE_LOCKED;

/** What an operator can mend. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [10, 'the file cannot be read'],
  [11, 'the file is damaged'],
  [14, 'the file cannot be opened: it must be there, and this user must be allowed to read it'],
  [26, 'the file is no SQLite database'],
]);

/** Of a logic error the message goes on (it names a table or column); never the error itself, which may carry more. */
const failure = (error: unknown): BackendError => {
  if (error instanceof BackendError) return error;
  const code = codeOf(error);
  const refused = code === 1 || code === 20 || code === 25;
  const message = code === 1 && error instanceof Error ? error.message : MEANINGS.get(code & 0xff);
  return new BackendError(
    refused ? 'refused' : 'unavailable',
    `SQLite failed with code ${code}${message === undefined ? '' : `: ${message}`}`,
  );
};
