/** Documents in SQLite. Reads are answered at once, writes share the transaction of their moment. */

import type { DatabaseSync } from 'node:sqlite';
import type { Collection, Documents, Stored, Write, WriteOutcome } from '../documents.ts';
import { type CollectionStatements, createStatements } from './document-statements.ts';
import type { Writer } from './group-commit.ts';
import { asStoreCall } from './retry.ts';

export interface SqliteDocumentsOptions {
  readonly database: DatabaseSync;
  readonly writer: Writer;
  readonly collections: readonly Collection[];
  /** Inside a transaction. */
  readonly wake: (lane: string, inMs: number) => void;
}

export const createDocuments = ({ database, writer, collections, wake }: SqliteDocumentsOptions): Documents => {
  const statements = new Map(collections.map((each) => [each.name, createStatements(database, each)]));

  const of = (collection: Collection): CollectionStatements => {
    const found = statements.get(collection.name);
    if (found === undefined) throw new TypeError(`the store was not opened with the collection ${collection.name}`);
    return found;
  };
  // Only `insert` and `replace` write these texts, and they take documents of the collection's type.
  const parse = <D>(text: string): D => JSON.parse(text) as D;

  const take = (write: Write): WriteOutcome => {
    switch (write.kind) {
      case 'insert':
        return of(write.collection).insert(write.document) === undefined ? 'done' : 'exists';
      case 'replace':
        return of(write.collection).replace(write.document) ? 'done' : 'changed';
      case 'remove':
        of(write.collection).remove(write.id);
        return 'done';
      case 'wake':
        wake(write.lane, write.inMs);
        return 'done';
    }
  };

  const takeAll = (writes: readonly Write[]): WriteOutcome[] => {
    let over = false;
    return writes.map((write) => {
      if (over) return 'skipped';
      const outcome = take(write);
      over = outcome !== 'done' && !(write.kind === 'insert' && write.ifAbsent);
      return outcome;
    });
  };

  return {
    get: (collection, id) =>
      asStoreCall('read a document', () => {
        const text = of(collection).get(id);
        return text === undefined ? undefined : parse(text);
      }),
    find: <D extends Stored>(collection: Collection<D>, range: Parameters<Documents['find']>[1]) =>
      asStoreCall('find documents', () =>
        of(collection)
          .find(range)
          .map(parse<D>),
      ),
    count: (collection, span) => asStoreCall('count documents', () => of(collection).count(span)),
    insert: (collection, document) =>
      writer.write('add a document', () => {
        const by = of(collection).insert(document);
        return by === undefined ? { done: true } : { done: false, by };
      }),
    replace: (collection, document) => writer.write('change a document', () => of(collection).replace(document)),
    remove: (collection, id) => writer.write('remove a document', () => of(collection).remove(id)),
    apply: (writes) => writer.write('change documents', () => takeAll(writes)),
  };
};
