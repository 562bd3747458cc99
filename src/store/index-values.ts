/** What adapters of `Documents` share: the values of a document by which it is found, and the shape of a search for it. */

import type { Collection, Index, IndexValue, Span, Stored } from './documents.ts';

/** Fields of all indexes of the collection, each once. */
export const indexedFields = (collection: Collection): readonly string[] => [
  ...new Set(Object.values(collection.indexes).flatMap(({ fields }) => fields)),
];

/** Undefined where it is absent or null. @throws TypeError when it is nothing that can be indexed */
export const valueAt = (document: Stored, field: string): IndexValue | undefined => {
  let value: unknown = document;
  for (const name of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return value as IndexValue;
  throw new TypeError(`${field} is in an index and must be text, a number or a boolean`);
};

/** Unique ones in the order in which they are declared: the first that refuses a document is named. */
export const uniqueIndexes = (collection: Collection): readonly (readonly [string, Index])[] =>
  Object.entries(collection.indexes).filter(([, index]) => index.unique === true);

export interface SpanShape {
  /** All fields of the index, without `_id`. */
  readonly fields: readonly string[];
  /** Those that `equals` fixes. */
  readonly fixed: readonly string[];
  /** The others in order, with `_id` at the end: what the result is sorted by. The bounds are of the first. */
  readonly free: readonly [string, ...string[]];
}

/** @throws TypeError on an index that the collection lacks, or more values than it has fields: a fault in the program */
export const shapeOf = (collection: Collection, span: Span): SpanShape => {
  const fields = span.index === '_id' ? [] : collection.indexes[span.index]?.fields;
  if (fields === undefined) throw new TypeError(`${collection.name} has no index ${span.index}`);
  const fixed = fields.slice(0, span.equals.length);
  if (fixed.length < span.equals.length) throw new TypeError(`${collection.name}.${span.index} has fewer fields`);
  const [first = '_id', ...rest] = fields.slice(fixed.length);
  return { fields, fixed, free: first === '_id' ? ['_id'] : [first, ...rest, '_id'] };
};
