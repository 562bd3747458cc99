/** Documents in MongoDB: single-document writes only, each acknowledged by the majority and its journals. */

import { type Db, MongoBulkWriteError, type Collection as MongoCollection } from 'mongodb';
import type { Collection, Documents, Stored, Write, WriteOutcome } from '../documents.ts';
import { uniqueIndexes } from '../index-values.ts';
import { StoreError } from '../store.ts';
import { createBatches } from './batches.ts';
import { asMongoCall, isDuplicate } from './mongo-call.ts';
import { replaceMany } from './replace-many.ts';
import { type Form, filterOf, formOf, sortOf } from './stored-form.ts';

export interface MongoDocumentsOptions {
  readonly database: Db;
  readonly wake: (lane: string, inMs: number) => Promise<void>;
}

/** Few in one, since all of one are answered together, within the time of one call. Four of the driver's hundred connections. */
const TOGETHER = { atOnce: 4, most: 25 };

type Inserts = Extract<Write, { kind: 'insert' }>;

export const createDocuments = ({ database, wake }: MongoDocumentsOptions): Documents => {
  const of = (collection: Collection): MongoCollection<Form> => database.collection<Form>(collection.name);
  // Only `formOf` writes these texts, and its callers give documents of the collection's type.
  const parse = <D>({ text }: { readonly text: string }): D => JSON.parse(text) as D;

  /** The id before the indexes, and these in the order of the collection, whatever MongoDB met first. */
  const refuserOf = async (collection: Collection, { _id, x }: Form): Promise<string> => {
    if ((await of(collection).findOne({ _id }, { projection: { _id: 1 } })) !== null) return '_id';
    for (const [name] of uniqueIndexes(collection)) {
      const values = x[name];
      if (values === undefined) continue;
      const filter = Object.fromEntries(Object.entries(values).map(([key, value]) => [`x.${name}.${key}`, value]));
      if ((await of(collection).findOne(filter, { projection: { _id: 1 } })) !== null) return name;
    }
    throw new StoreError('what refused a document is gone: try again');
  };

  const insert = async (collection: Collection, form: Form): Promise<boolean> => {
    try {
      await of(collection).insertOne(form);
      return true;
    } catch (cause) {
      if (isDuplicate(cause)) return false;
      throw cause;
    }
  };

  const replacers = new Map<string, (form: Form) => Promise<boolean>>();

  const replace = (collection: Collection, document: Stored): Promise<boolean> => {
    const { name } = collection;
    const known = replacers.get(name);
    const replacer = known ?? createBatches((forms: readonly Form[]) => replaceMany(of(collection), forms), TOGETHER);
    if (known === undefined) replacers.set(name, replacer);
    return replacer(formOf(collection, { ...document, version: document.version + 1 }));
  };

  /** Several of one collection in one round trip, with the outcome of each. */
  const insertAll = async (first: Inserts, forms: readonly Form[]): Promise<WriteOutcome[]> => {
    const refused = await refusedOf(of(first.collection).insertMany([...forms], { ordered: !first.ifAbsent }));
    const end = first.ifAbsent ? forms.length : (refused.values().next().value ?? forms.length);
    return forms.map((_, i) => (refused.has(i) ? 'exists' : i < end ? 'done' : 'skipped'));
  };

  const take = async (run: readonly Write[]): Promise<WriteOutcome[]> => {
    const [first] = run;
    switch (first?.kind) {
      case 'insert':
        return await insertAll(
          first,
          run.flatMap((each) => (each.kind === 'insert' ? [formOf(each.collection, each.document)] : [])),
        );
      case 'remove': {
        const ids = run.flatMap((each) => (each.kind === 'remove' ? [each.id] : []));
        await of(first.collection).deleteMany({ _id: { $in: ids } });
        return ids.map(() => 'done');
      }
      case 'replace':
        return [(await replace(first.collection, first.document)) ? 'done' : 'changed'];
      case 'wake':
        await wake(first.lane, first.inMs);
        return ['done'];
      default:
        return [];
    }
  };

  const takeAll = async (writes: readonly Write[]): Promise<WriteOutcome[]> => {
    const outcomes: WriteOutcome[] = [];
    for (const run of runsOf(writes)) {
      const taken = await asMongoCall('change documents', () => take(run));
      outcomes.push(...taken);
      if (run.some((write, i) => endsGroup(write, taken[i]))) break;
    }
    return writes.map((_, i) => outcomes[i] ?? 'skipped');
  };

  return {
    get: (collection, id) =>
      asMongoCall('read a document', async () => {
        const form = await of(collection).findOne({ _id: id }, { projection: { text: 1 } });
        return form === null ? undefined : parse(form);
      }),
    find: <D extends Stored>(collection: Collection<D>, range: Parameters<Documents['find']>[1]) =>
      asMongoCall('find documents', async () => {
        const found = of(collection).find(filterOf(collection, range), { projection: { text: 1 } });
        const forms = await found.sort(sortOf(collection, range)).limit(range.limit).toArray();
        return forms.map(parse<D>);
      }),
    count: (collection, span) =>
      asMongoCall('count documents', () => of(collection).countDocuments(filterOf(collection, span))),
    insert: (collection, document) =>
      asMongoCall('add a document', async () => {
        const form = formOf(collection, document);
        if (await insert(collection, form)) return { done: true };
        return { done: false, by: await refuserOf(collection, form) };
      }),
    replace: (collection, document) => asMongoCall('change a document', () => replace(collection, document)),
    remove: (collection, id) =>
      asMongoCall('remove a document', async () => void (await of(collection).deleteOne({ _id: id }))),
    apply: takeAll,
  };
};

const endsGroup = (write: Write, outcome: WriteOutcome | undefined): boolean =>
  outcome !== 'done' && !(write.kind === 'insert' && write.ifAbsent);

/** Neighbours that can share a round trip without another outcome: inserts of one collection and manner, removals of one. */
const runsOf = (writes: readonly Write[]): Write[][] => {
  const runs: Write[][] = [];
  for (const write of writes) {
    const last = runs.at(-1);
    const before = last?.at(-1);
    if (last !== undefined && before !== undefined && joins(before, write)) last.push(write);
    else runs.push([write]);
  }
  return runs;
};

const joins = (a: Write, b: Write): boolean =>
  (a.kind === 'insert' &&
    b.kind === 'insert' &&
    a.collection.name === b.collection.name &&
    a.ifAbsent === b.ifAbsent) ||
  (a.kind === 'remove' && b.kind === 'remove' && a.collection.name === b.collection.name);

/** Numbers of the documents that were refused because they exist; every other failure is thrown. */
const refusedOf = async (inserting: Promise<unknown>): Promise<Set<number>> => {
  try {
    await inserting;
    return new Set();
  } catch (cause) {
    if (!(cause instanceof MongoBulkWriteError)) throw cause;
    const errors = Array.isArray(cause.writeErrors) ? cause.writeErrors : [cause.writeErrors];
    const unacknowledged = cause.result.getWriteConcernError() !== undefined;
    // Without any: the connection ended or no server was found, which the driver wraps as well, and nothing may be there.
    if (unacknowledged || errors.length === 0 || errors.some(({ code }) => code !== 11000)) throw cause;
    return new Set(errors.map(({ index }) => index));
  }
};
