/** Compare-and-set of several documents of one collection in one round trip, with the outcome of each. */

import { randomUUID } from 'node:crypto';
import { MongoBulkWriteError, type Collection as MongoCollection } from 'mongodb';
import { isDuplicate } from './mongo-call.ts';
import type { Form } from './stored-form.ts';

/**
 * True for each that was replaced. MongoDB only says how many were: where some were not, the mark of each write tells which.
 * One that another changed again in the moment between counts as changed by that other, which is what its caller would find.
 *
 * @param forms as they are to be; each has a version one above that of the stored one
 */
export const replaceMany = async (
  collection: MongoCollection<Form>,
  forms: readonly Form[],
): Promise<readonly boolean[]> => {
  const [only] = forms;
  if (only !== undefined && forms.length === 1) return [await replaceOne(collection, only)];
  const done = new Map<Form, boolean>();
  // Of several for one document each has a round trip of its own: they are to meet one after the other.
  for (let left = forms; left.length > 0; ) {
    const first = firstOfEach(left);
    for (const [index, outcome] of (await replaceDifferent(collection, first)).entries())
      done.set(first[index] as Form, outcome); // one outcome for each
    left = left.filter((form) => !done.has(form));
  }
  return forms.map((form) => done.get(form) === true);
};

const firstOfEach = (forms: readonly Form[]): readonly Form[] => [
  ...new Map(forms.toReversed().map((form) => [form._id, form])).values(),
];

const replaceDifferent = async (
  collection: MongoCollection<Form>,
  forms: readonly Form[],
): Promise<readonly boolean[]> => {
  const marked = forms.map((form) => ({ ...form, by: randomUUID() }));
  const matched = await bulk(collection, marked);
  if (matched === marked.length) return marked.map(() => true);
  const ids = marked.map(({ _id }) => _id);
  const found = await collection.find({ _id: { $in: ids } }, { projection: { by: 1 } }).toArray();
  const marks = new Map(found.map(({ _id, by }) => [_id, by]));
  return marked.map(({ _id, by }) => marks.get(_id) === by);
};

const replaceOne = async (collection: MongoCollection<Form>, { _id, ...next }: Form): Promise<boolean> => {
  try {
    const { matchedCount } = await collection.replaceOne({ _id, version: next.version - 1 }, next);
    return matchedCount === 1;
  } catch (cause) {
    if (isDuplicate(cause)) return false;
    throw cause;
  }
};

/** @returns how many were replaced; undefined: some were refused by a unique index */
const bulk = async (collection: MongoCollection<Form>, forms: readonly Form[]): Promise<number | undefined> => {
  try {
    const { matchedCount } = await collection.bulkWrite(
      forms.map(({ _id, ...replacement }) => ({
        replaceOne: { filter: { _id, version: replacement.version - 1 }, replacement },
      })),
      { ordered: false },
    );
    return matchedCount;
  } catch (cause) {
    if (!(cause instanceof MongoBulkWriteError)) throw cause;
    const errors = Array.isArray(cause.writeErrors) ? cause.writeErrors : [cause.writeErrors];
    const unacknowledged = cause.result.getWriteConcernError() !== undefined;
    if (unacknowledged || errors.length === 0 || errors.some(({ code }) => code !== 11000)) throw cause;
    return undefined;
  }
};
