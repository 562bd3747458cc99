/** One table a collection: the document as JSON text, and a column for each field by which it is found. */

import type { DatabaseSync } from 'node:sqlite';
import type { Collection, Index, IndexValue, Stored } from '../documents.ts';
import { indexedFields, valueAt } from '../index-values.ts';

export const tableOf = (collection: Collection): string => `doc_${collection.name}`;
export const columnOf = (field: string): string =>
  field === '_id' ? 'id' : `"x_${field.replaceAll('"', '').replaceAll('.', '__')}"`;
export const indexName = (collection: Collection, name: string): string => `${tableOf(collection)}__${name}`;

/** What SQLite takes as the value of such a column. */
export const bound = (value: IndexValue | undefined): string | number | null =>
  typeof value === 'boolean' ? Number(value) : (value ?? null);

/**
 * In a transaction. Makes what is missing, drops indexes that changed, fills columns of new ones; harmless when repeated.
 * What the indexes were is kept: a version that knows a column no more, and runs again for a while, leaves it as it is.
 */
export const ensureTables = (database: DatabaseSync, collections: readonly Collection[]): void => {
  database.exec('CREATE TABLE IF NOT EXISTS layout (name TEXT PRIMARY KEY, indexes TEXT NOT NULL) STRICT');
  const layoutOf = database.prepare('SELECT indexes FROM layout WHERE name = ?');
  const keepLayout = database.prepare('INSERT OR REPLACE INTO layout (name, indexes) VALUES (?, ?)');
  for (const collection of collections) {
    const table = tableOf(collection);
    const columns = indexedFields(collection).map((field) => `${columnOf(field)} ANY, `);
    // The long text stands last: what is before it is read without it.
    database.exec(`CREATE TABLE IF NOT EXISTS ${table} (
      id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, ${columns.join('')}document TEXT NOT NULL) STRICT`);
    const layout = JSON.stringify(collection.indexes);
    const known = layoutOf.get(collection.name) as { indexes: string } | undefined;
    fillColumns(database, collection, addColumns(database, collection), known !== undefined && known.indexes !== layout); // biome-ignore format: one look
    if (known?.indexes !== layout) keepLayout.run(collection.name, layout);
    const wanted = new Map(
      Object.entries<Index>(collection.indexes).map(([name, index]) => [
        indexName(collection, name),
        indexStatement(collection, name, index),
      ]),
    );
    const there = database
      .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
      .all(table) as { name: string; sql: string }[];
    for (const { name, sql } of there) if (wanted.get(name) !== sql) database.exec(`DROP INDEX "${name}"`);
    const kept = new Set(there.filter(({ name, sql }) => wanted.get(name) === sql).map(({ name }) => name));
    for (const [name, sql] of wanted) if (!kept.has(name)) database.exec(sql);
  }
};

/** Partial: a document that lacks one of the fields is not in it. `id` keeps an order among equals. */
const indexStatement = (collection: Collection, name: string, { fields, unique = false }: Index): string => {
  const columns = fields.map(columnOf);
  return (
    `CREATE ${unique ? 'UNIQUE ' : ''}INDEX "${indexName(collection, name)}" ON ${tableOf(collection)} ` +
    `(${[...columns, ...(unique ? [] : ['id'])].join(', ')}) WHERE ${columns.map((each) => `${each} IS NOT NULL`).join(' AND ')}`
  );
};

/** @returns the fields whose columns were not there */
const addColumns = (database: DatabaseSync, collection: Collection): readonly string[] => {
  const table = tableOf(collection);
  const there = new Set(
    (database.prepare('SELECT name FROM pragma_table_info(?)').all(table) as { name: string }[]).map(
      ({ name }) => `"${name}"`,
    ),
  );
  const added = indexedFields(collection).filter((field) => !there.has(columnOf(field)));
  for (const field of added) database.exec(`ALTER TABLE ${table} ADD COLUMN ${columnOf(field)} ANY`);
  return added;
};

/** @param others whether those that were there may be of an older version's documents as well */
const fillColumns = (
  database: DatabaseSync,
  collection: Collection,
  added: readonly string[],
  others: boolean,
): void => {
  const table = tableOf(collection);
  const fields = others ? indexedFields(collection) : added;
  if (fields.length === 0) return;
  const fill = database.prepare(
    `UPDATE ${table} SET ${fields.map((field) => `${columnOf(field)} = ?`).join(', ')} WHERE id = ?`,
  );
  const ids = database.prepare(`SELECT id FROM ${table}`).all() as { id: string }[];
  const read = database.prepare(`SELECT document FROM ${table} WHERE id = ?`);
  for (const { id } of ids) {
    const { document } = read.get(id) as { document: string };
    const stored = JSON.parse(document) as Stored;
    fill.run(...fields.map((field) => bound(valueAt(stored, field))), id);
  }
};
