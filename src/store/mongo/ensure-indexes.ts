/**
 * Makes the indexes that are missing, and makes anew those that are defined otherwise. Harmless twice, and when replicas do
 * it at once. Others, which the operator may have made, stay.
 */

import { type Db, type IndexDescription, MongoServerError } from 'mongodb';

/** IndexOptionsConflict, IndexKeySpecsConflict: one of this name that is defined otherwise. */
const CONFLICTS: readonly unknown[] = [85, 86];
const INDEX_NOT_FOUND = 27;

export const ensureIndexes = async (database: Db, name: string, wanted: readonly IndexDescription[]): Promise<void> => {
  if (wanted.length === 0) return;
  const collection = database.collection(name);
  try {
    await collection.createIndexes([...wanted]);
  } catch (cause) {
    if (!isCode(cause, CONFLICTS)) throw cause;
    for (const description of wanted) await remake(database, name, description);
  }
};

const remake = async (database: Db, name: string, description: IndexDescription): Promise<void> => {
  const collection = database.collection(name);
  try {
    await collection.createIndexes([description]);
  } catch (cause) {
    if (!isCode(cause, CONFLICTS) || description.name === undefined) throw cause;
    await drop(database, name, description.name);
    await collection.createIndexes([description]);
  }
};

const drop = async (database: Db, name: string, index: string): Promise<void> => {
  try {
    await database.collection(name).dropIndex(index);
  } catch (cause) {
    if (!isCode(cause, [INDEX_NOT_FOUND])) throw cause; // another replica was first
  }
};

const isCode = (error: unknown, codes: readonly unknown[]): boolean =>
  error instanceof MongoServerError && codes.includes(error.code);
