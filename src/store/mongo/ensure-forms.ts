/** Brings the documents of an older version to the indexes of this one: what they hold for indexes that are new. */

import type { Db } from 'mongodb';
import type { Collection, Stored } from '../documents.ts';
import { type Form, formOf } from './stored-form.ts';

interface Layout {
  readonly _id: string;
  /** The indexes that the forms were made for, in JSON. */
  readonly indexes: string;
}

const LAYOUTS = 'layouts';

/**
 * Harmless twice, and when replicas do it at once. Replicas of the older version that write meanwhile leave documents that
 * the new indexes lack: where an index is new, they are stopped first.
 */
export const ensureForms = async (database: Db, collections: readonly Collection[]): Promise<void> => {
  const layouts = database.collection<Layout>(LAYOUTS);
  const known = new Map((await layouts.find().toArray()).map(({ _id, indexes }) => [_id, indexes]));
  for (const collection of collections) {
    const indexes = JSON.stringify(collection.indexes);
    if (known.get(collection.name) === indexes) continue;
    await remake(database, collection);
    await layouts.updateOne({ _id: collection.name }, { $set: { indexes } }, { upsert: true });
  }
};

const remake = async (database: Db, collection: Collection): Promise<void> => {
  const forms = database.collection<Form>(collection.name);
  for await (const { _id, text, version } of forms.find()) {
    // Only `formOf` writes these texts. A version that has changed meanwhile was written in the new form.
    const { x } = formOf(collection, JSON.parse(text) as Stored);
    await forms.updateOne({ _id, version }, { $set: { x } });
  }
};
