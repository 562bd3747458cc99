/** The prepared statements of one collection, each made once. */

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Collection, Range, Span, Stored } from '../documents.ts';
import { indexedFields, shapeOf, uniqueIndexes, valueAt } from '../index-values.ts';
import { bound, columnOf, indexName, tableOf } from './document-tables.ts';

/** All run inside a transaction of the caller, the reading ones anywhere. */
export interface CollectionStatements {
  get(id: string): string | undefined;
  find(range: Range): readonly string[];
  count(span: Span): number;
  /** Undefined, or what refused it: `_id` or a unique index. */
  insert(document: Stored): string | undefined;
  replace(document: Stored): boolean;
  remove(id: string): void;
}

const BOUNDS = [
  ['from', '>='],
  ['above', '>'],
  ['upTo', '<='],
  ['below', '<'],
] as const;

export const createStatements = (database: DatabaseSync, collection: Collection): CollectionStatements => {
  const table = tableOf(collection);
  const fields = indexedFields(collection);
  const columns = fields.map(columnOf);
  const one = database.prepare(`SELECT document FROM ${table} WHERE id = ?`);
  const add = database.prepare(
    `INSERT INTO ${table} (${['id', 'version', 'document', ...columns].join(', ')}) ` +
      `VALUES (?, ?, ?${', ?'.repeat(columns.length)}) ON CONFLICT DO NOTHING`,
  );
  const indexed = database.prepare(`SELECT ${['version', ...columns].join(', ')} FROM ${table} WHERE id = ?`);
  indexed.setReturnArrays(true);
  const drop = database.prepare(`DELETE FROM ${table} WHERE id = ?`);
  const refusers = uniqueIndexes(collection).map(([name, index]) => ({
    name,
    fields: index.fields,
    taken: database.prepare(
      `SELECT 1 FROM ${table} WHERE ${index.fields.map((field) => `${columnOf(field)} = ?`).join(' AND ')}`,
    ),
  }));
  const made = new Map<string, StatementSync>();

  const prepare = (text: string): StatementSync => {
    const statement = made.get(text) ?? database.prepare(text);
    made.set(text, statement);
    return statement;
  };

  const values = (document: Stored) => fields.map((field) => bound(valueAt(document, field)));

  /** The statement for a search of this form, and what it takes. */
  const search = (what: 'document' | 'count(*) AS n', span: Span, tail: (free: readonly string[]) => string) => {
    const { fields: all, fixed, free } = shapeOf(collection, span);
    const bounds = BOUNDS.filter(([name]) => span[name] !== undefined);
    const where = [
      ...fixed.map((field) => `${columnOf(field)} = ?`),
      ...bounds.map(([, operator]) => `${columnOf(free[0])} ${operator} ?`),
      ...all.map((field) => `${columnOf(field)} IS NOT NULL`),
    ];
    const index = span.index === '_id' ? '' : ` INDEXED BY "${indexName(collection, span.index)}"`;
    const text = `SELECT ${what} FROM ${table}${index}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}${tail(free)}`;
    return {
      statement: prepare(text),
      parameters: [...span.equals.map(bound), ...bounds.map(([name]) => bound(span[name]))],
    };
  };

  return {
    get: (id) => (one.get(id) as { document: string } | undefined)?.document,
    find: (range) => {
      const direction = range.order === 'desc' ? 'DESC' : 'ASC';
      const { statement, parameters } = search(
        'document',
        range,
        (free) => ` ORDER BY ${free.map((field) => `${columnOf(field)} ${direction}`).join(', ')} LIMIT ?`,
      );
      return (statement.all(...parameters, range.limit) as { document: string }[]).map(({ document }) => document);
    },
    count: (span) => {
      const { statement, parameters } = search('count(*) AS n', span, () => '');
      return (statement.get(...parameters) as { n: number }).n;
    },
    insert: (document) => {
      const { changes } = add.run(document._id, document.version, JSON.stringify(document), ...values(document));
      if (changes === 1) return undefined;
      if (one.get(document._id) !== undefined) return '_id';
      const refuser = refusers.find((each) =>
        each.taken.get(...each.fields.map((field) => bound(valueAt(document, field)))),
      );
      return refuser?.name ?? '_id';
    },
    replace: (document) => {
      const before = indexed.get(document._id) as unknown as readonly unknown[] | undefined;
      if (before?.[0] !== document.version) return false;
      const next = { ...document, version: document.version + 1 };
      const after = values(next);
      // Only columns whose value changes: SQLite writes every index of a column that is set.
      const changed = columns.flatMap((name, i) =>
        before[i + 1] === after[i] ? [] : [{ name, value: after[i] ?? null }],
      );
      const { changes } = prepare(
        `UPDATE OR IGNORE ${table} SET ${['version', 'document', ...changed.map(({ name }) => name)].map((each) => `${each} = ?`).join(', ')} WHERE id = ?`,
      ).run(next.version, JSON.stringify(next), ...changed.map(({ value }) => value), next._id);
      return changes === 1;
    },
    remove: (id) => void drop.run(id),
  };
};
