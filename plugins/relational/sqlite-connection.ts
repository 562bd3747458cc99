/** A SQLite file opened so that nothing can be written through it, with a deadline inside each statement. */

import { constants, DatabaseSync, type StatementSync } from 'node:sqlite';
import type { RawRow } from './database.ts';
import type { Param } from './dialect.ts';

/** Thrown out of a running statement: its time is over. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

const BUSY_MS = 50;
const MAX_STATEMENTS = 500;
/** A connection's share of memory. The file is not mapped: its pages would count as ours, all of them in time. */
const CACHE_KIB = 16 * 1024;

const READING = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);

export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  /** Whether the running statement may go on; asked about once in a thousand rows. */
  #goOn: () => boolean = () => true;
  /** Ends the read transaction of this turn of the event loop. */
  #turn: NodeJS.Immediate | undefined;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS, allowExtension: false });
    try {
      this.#database.exec(`pragma query_only = 1; pragma trusted_schema = 0; pragma cache_size = -${CACHE_KIB}`);
      this.#database.function('dci_lower', { deterministic: true }, (text) =>
        typeof text === 'string' ? text.toLowerCase() : text,
      );
      this.#database.function('dci_alive', () => {
        if (this.#goOn()) return 1;
        throw new OutOfTime('the statement ran out of time');
      });
      this.#database.prepare('select count(*) from sqlite_schema').get(); // a file that is no database shows here, not at open
      this.#begin = this.#database.prepare('begin');
      this.#commit = this.#database.prepare('commit');
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  all(text: string, params: readonly Param[], goOn: () => boolean): readonly RawRow[] {
    const statement = this.#prepare(text);
    this.#beginTurn();
    this.#goOn = goOn;
    // Arrays stand for rows here (setReturnArrays), which the types do not know.
    return statement.all(...(params as (string | number | bigint | null)[])) as unknown as readonly RawRow[];
  }

  /** Columns of a SELECT as SQLite knows them: name, declared type, table and column they come from. */
  columns(text: string) {
    return this.#prepare(text).columns();
  }

  /** Facts about the schema (PRAGMA functions); fixed texts of ours only. */
  pragma(text: string, ...params: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
    return this.#database.prepare(text).all(...params);
  }

  plan(text: string): readonly string[] {
    return this.#database
      .prepare(`explain query plan ${text}`)
      .all()
      .map((row) => String(row.detail));
  }

  close(): void {
    this.#endTurn();
    this.#statements.clear();
    this.#database.close();
  }

  /** Statements of one turn share a transaction: taking and giving back the file's lock costs as much as finding a row. */
  #beginTurn(): void {
    if (this.#turn !== undefined) return;
    this.#begin.run();
    this.#turn = setImmediate(() => this.#endTurn());
  }

  #endTurn(): void {
    if (this.#turn === undefined) return;
    clearImmediate(this.#turn);
    this.#turn = undefined;
    if (this.#database.isTransaction) this.#commit.run(); // SQLite ends it by itself when the file cannot be read
  }

  #prepare(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    this.#database.setAuthorizer((action) => (READING.has(action) ? constants.SQLITE_OK : constants.SQLITE_DENY));
    let statement: StatementSync;
    try {
      statement = this.#database.prepare(text);
    } finally {
      this.#database.setAuthorizer(null);
    }
    statement.setReturnArrays(true);
    statement.setReadBigInts(true);
    this.#statements.set(text, statement);
    const [oldest] = this.#statements.keys();
    if (this.#statements.size > MAX_STATEMENTS && oldest !== undefined) this.#statements.delete(oldest);
    return statement;
  }
}
