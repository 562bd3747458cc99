import type { DatabaseSync } from 'node:sqlite';
import type { KeptPlan } from './config.ts';
import { quoteName } from './quote-name.ts';

/** A SELECT of an entity cannot be stored. */
export class UnusableSelect extends Error {
  override readonly name = 'UnusableSelect';
  readonly entity: string;
  readonly problem: string;

  constructor(entity: string, problem: string, cause?: unknown) {
    super(`${entity}: ${problem}`, { cause });
    this.entity = entity;
    this.problem = problem;
  }
}

/** What SQLite knows of a result's column; an expression has no declared type, its values tell. */
const declaredType = (database: DatabaseSync, select: string, column: string): string => {
  const kinds = database
    .prepare(
      `SELECT DISTINCT typeof(${quoteName(column)}) AS kind FROM (${select}) WHERE ${quoteName(column)} IS NOT NULL`,
    )
    .all()
    .map(({ kind }) => kind);
  if (kinds.length === 1 && kinds[0] === 'integer') return 'INTEGER';
  return kinds.length > 0 && kinds.every((kind) => kind === 'real' || kind === 'integer') ? 'REAL' : 'TEXT';
};

/** Stores the result of a SELECT over the files' tables, with its key and indexes. */
export const loadKept = (database: DatabaseSync, { entity, table, select, key, indexes }: KeptPlan): void => {
  try {
    const columns = database.prepare(select).columns();
    const declared = columns.map(
      ({ name, type }) =>
        `${quoteName(name)} ${type ?? declaredType(database, select, name)}${key.includes(name) ? ' NOT NULL' : ''}`,
    );
    const missing = [...key, ...indexes.flat()].find((name) => columns.every((column) => column.name !== name));
    if (missing !== undefined) throw new UnusableSelect(entity, `does not select ${missing}`);
    database.exec(`CREATE TABLE ${quoteName(table)} (${declared.join(', ')})`);
    database.exec(`INSERT INTO ${quoteName(table)} ${select}`);
    checkKey(database, entity, table, key);
  } catch (cause) {
    if (cause instanceof UnusableSelect) throw cause;
    if (isEmptyKey(cause)) throw new UnusableSelect(entity, `has rows without a key (${key.join(', ')})`, cause);
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UnusableSelect(entity, `SQLite refuses the SELECT: ${message}`, cause);
  }
};

/** SQLITE_CONSTRAINT_NOTNULL: the key's columns are the only ones that may not be NULL. */
const NOT_NULL_FAILED = 1299;

const isEmptyKey = (cause: unknown): boolean =>
  cause instanceof Error && 'errcode' in cause && cause.errcode === NOT_NULL_FAILED;

const checkKey = (database: DatabaseSync, entity: string, table: string, key: readonly string[]): void => {
  const columns = key.map(quoteName).join(', ');
  try {
    database.exec(`CREATE UNIQUE INDEX ${quoteName(`${table} key`)} ON ${quoteName(table)} (${columns})`);
  } catch (cause) {
    throw new UnusableSelect(entity, `has several rows of one key (${key.join(', ')})`, cause);
  }
};
