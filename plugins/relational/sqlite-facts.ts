/** What SQLite says of an entity: its columns by declared type (or by what lies in them), its indexes. */

import type { ColumnType } from 'dci-gateway/plugin';
import type { StoredColumn } from './dialect.ts';
import type { EntityConfig } from './entities.ts';
import { type EntityFacts, SourceError } from './introspection.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

/** Rows that are looked at for the type of an expression. */
const SAMPLE_ROWS = 1000;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const sourceText = ({ table, view, select }: EntityConfig): string =>
  select === undefined ? (table ?? view ?? '').split('.').map(quoted).join('.') : `(${select}\n)`;

export const sqliteFacts = (connection: SqliteConnection, entity: EntityConfig): EntityFacts => {
  const source = sourceText(entity);
  let found: ReturnType<SqliteConnection['columns']>;
  try {
    found = connection.columns(`select * from ${source} s`);
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && (error.errcode === 1 || error.errcode === 23))
      throw new SourceError(`cannot be read: ${error.message}`);
    throw error;
  }
  const doubled = found.find(({ name }, index) => found.findIndex((other) => other.name === name) !== index);
  if (doubled !== undefined) throw new SourceError(`selects two columns named ${doubled.name}`);
  const tables = new Map<string, TableFacts>();
  const columns = found.map(({ name, type, table, column }, index): StoredColumn => {
    if (table !== null && !tables.has(table)) tables.set(table, tableFacts(connection, table));
    const origin = table === null ? undefined : tables.get(table);
    const own = entity.table !== undefined && column !== null ? origin?.notNull.has(column) : false;
    const kind = (type === null ? undefined : typeOf(type)) ?? sampledType(connection, source, name);
    const leading = column === null ? undefined : origin?.leading.get(column);
    return {
      name,
      index,
      type: kind,
      nativeType: type ?? 'expression',
      nullable: own !== true,
      searchable: kind !== 'other',
      sortable: kind !== 'other',
      cast: '',
      folds: false,
      collation: leading?.collation,
      ...((kind === 'datetime' || kind === 'instant') && isUnordered(connection, source, name)
        ? { unordered: true }
        : {}),
      access: leading?.access ?? 0,
    };
  });
  const unique = entity.table === undefined ? [] : [...tables.values()].flatMap((facts) => facts.unique);
  return { columns, unique };
};

/** By the declared type; SQLite's own rules of affinity where the word says no more. Undefined: look at the rows. */
const typeOf = (declared: string): ColumnType | undefined => {
  const word = declared.toUpperCase();
  if (/^BOOL/.test(word)) return 'boolean';
  if (/^TIMESTAMPTZ|WITH TIME ZONE/.test(word)) return 'instant';
  if (/^(DATETIME|TIMESTAMP)/.test(word)) return 'datetime';
  if (/^DATE/.test(word)) return 'date';
  if (word.includes('INT')) return 'integer';
  if (/CHAR|CLOB|TEXT/.test(word)) return 'text';
  if (word.includes('BLOB')) return 'other';
  if (/REAL|FLOA|DOUB/.test(word)) return 'float';
  return /^(DEC|NUM)/.test(word) ? 'decimal' : undefined;
};

const sampledType = (connection: SqliteConnection, source: string, name: string): ColumnType => {
  const text = `select distinct typeof(${quoted(name)}) from (select ${quoted(name)} from ${source} s limit ${SAMPLE_ROWS}) where ${quoted(name)} is not null`;
  const kinds = connection.all(text, [], () => true).map(([kind]) => kind);
  if (kinds.length === 0 || (kinds.length === 1 && kinds[0] === 'text')) return 'text';
  if (kinds.every((kind) => kind === 'integer')) return 'integer';
  return kinds.every((kind) => kind === 'integer' || kind === 'real') ? 'float' : 'other';
};

/** Times sort as texts where all are written as `2020-01-01 10:00:00`: not with a T, as a day alone, or in another zone. */
const isUnordered = (connection: SqliteConnection, source: string, name: string): boolean => {
  const others = ["'????-??-??T*'", "'[1-9]???-??-??'", "'*[-+][0-9][1-9]:??'", "'*[-+][1-9][0-9]:??'"];
  const sample = `select ${quoted(name)} as v from ${source} s limit ${SAMPLE_ROWS}`;
  const text = `select 1 from (${sample}) where ${others.map((other) => `v glob ${other}`).join(' or ')} limit 1`;
  return connection.all(text, [], () => true).length > 0;
};

interface TableFacts {
  readonly notNull: ReadonlySet<string>;
  readonly unique: readonly (readonly string[])[];
  /** First columns of indexes. */
  readonly leading: ReadonlyMap<string, { readonly access: 2 | 3; readonly collation: string | undefined }>;
}

const tableFacts = (connection: SqliteConnection, table: string): TableFacts => {
  const columns = connection.pragma('select name, "notnull", pk, upper(type) as type from pragma_table_info(?)', table);
  const primary = columns.filter(({ pk }) => Number(pk) > 0).map(({ name }) => String(name));
  const rowid =
    columns.filter(({ pk, type }) => Number(pk) > 0 && type === 'INTEGER').length === 1 && primary.length === 1;
  const strict = connection.pragma('select wr from pragma_table_list where name = ?', table)[0]?.wr === 1;
  const notNull = new Set(columns.filter(({ notnull }) => Number(notnull) === 1).map(({ name }) => String(name)));
  if (rowid || strict) for (const name of primary) notNull.add(name);
  const leading = new Map<string, { access: 2 | 3; collation: string | undefined }>();
  const unique: string[][] = rowid ? [primary] : [];
  if (rowid && primary[0] !== undefined) leading.set(primary[0], { access: 3, collation: undefined });
  for (const index of connection.pragma('select name, "unique", partial from pragma_index_list(?)', table)) {
    if (Number(index.partial) === 1) continue;
    const text = 'select name, coll from pragma_index_xinfo(?) where key = 1 order by seqno';
    const parts = connection.pragma(text, String(index.name));
    const names = parts.map(({ name }) => String(name));
    const isUnique = Number(index.unique) === 1;
    if (isUnique && names.every((name) => notNull.has(name))) unique.push(names);
    const [first] = parts;
    if (first?.name === null || first === undefined) continue;
    const access = isUnique && parts.length === 1 ? 3 : 2;
    const folding = first.coll === 'BINARY' ? undefined : String(first.coll);
    const known = leading.get(String(first.name));
    // An index in binary order serves by itself; one that folds needs its own words beside.
    const collation = known === undefined ? folding : known.collation === undefined ? undefined : folding;
    leading.set(String(first.name), { access: known?.access === 3 ? 3 : access, collation });
  }
  return { notNull, unique, leading };
};
