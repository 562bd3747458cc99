/**
 * A document as MongoDB keeps it: its JSON text, and beside it, for each index it is in, the values of that index. So names
 * and values of a document can be anything, and an index holds exactly the documents that have all of its fields.
 */

import type { Filter, IndexDescription, Sort } from 'mongodb';
import type { Collection, Index, IndexValue, Range, Span, Stored } from '../documents.ts';
import { shapeOf, valueAt } from '../index-values.ts';

export interface Form {
  readonly _id: string;
  readonly version: number;
  readonly text: string;
  /** By index: the first field's value is `a`, the second's `b`, …; the id is `z` in an index that is not unique. */
  readonly x: Readonly<Record<string, Readonly<Record<string, IndexValue>>>>;
  /** Mark of the write that shared its round trip with others. */
  readonly by?: string;
}

const letter = (position: number): string => String.fromCharCode('a'.charCodeAt(0) + position);
const pathOf = (index: string, name: string): string => `x.${index}.${name}`;

export const formOf = (collection: Collection, document: Stored): Form => {
  const x: Record<string, Record<string, IndexValue>> = {};
  for (const [name, { fields, unique = false }] of Object.entries<Index>(collection.indexes)) {
    const values = fields.map((field) => valueAt(document, field));
    if (values.includes(undefined)) continue;
    const entries = values.flatMap((value, i) => (value === undefined ? [] : [[letter(i), value] as const]));
    x[name] = { ...Object.fromEntries(entries), ...(!unique && { z: document._id }) };
  }
  return { _id: document._id, version: document.version, text: JSON.stringify(document), x };
};

/** Sparse: a form that lacks the values of an index lacks all of them. */
export const indexesOf = (collection: Collection): IndexDescription[] =>
  Object.entries<Index>(collection.indexes).map(([name, { fields, unique = false }]) => ({
    name,
    key: Object.fromEntries(
      [...fields.map((_, i) => letter(i)), ...(unique ? [] : ['z'])].map((n) => [pathOf(name, n), 1]),
    ),
    sparse: true,
    ...(unique && { unique }),
  }));

/** The bounds of a span as MongoDB's. `$lte` does not occur: the server of the tests loses equals by it inside an index. */
const boundsOf = ({ from, above, upTo, below }: Span): Readonly<Record<string, IndexValue>> => {
  const after = upTo === undefined ? undefined : nextAfter(upTo);
  const ends = [after, below].filter((end) => end !== undefined).sort((a, b) => (a < b ? -1 : 1));
  return {
    ...(from !== undefined && { $gte: from }),
    ...(above !== undefined && { $gt: above }),
    ...(ends[0] !== undefined && { $lt: ends[0] }),
  };
};

/** The smallest value that is greater; undefined where there is none. */
const nextAfter = (value: IndexValue): IndexValue | undefined => {
  if (typeof value === 'string') return `${value}\u0000`;
  if (typeof value === 'boolean') return value ? undefined : true;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value);
  view.setBigInt64(0, view.getBigInt64(0) + (value < 0 ? -1n : 1n));
  return view.getFloat64(0);
};

export const filterOf = (collection: Collection, span: Span): Filter<Form> => {
  const { fixed, free } = shapeOf(collection, span);
  const names = namesIn(collection, span.index);
  const bounds = boundsOf(span);
  const equals = fixed.map((field, i) => [names(field), span.equals[i]] as const);
  if (Object.keys(bounds).length > 0) return Object.fromEntries([...equals, [names(free[0]), bounds]]);
  if (equals.length > 0 || span.index === '_id') return Object.fromEntries(equals);
  return { [names(free[0])]: { $exists: true } };
};

export const sortOf = (collection: Collection, range: Range): Sort => {
  const { free } = shapeOf(collection, range);
  const names = namesIn(collection, range.index);
  const unique = collection.indexes[range.index]?.unique === true;
  // The ids of a unique index's entries decide nothing, and are not in it.
  const fields = unique && free.length > 1 ? free.slice(0, -1) : free;
  return Object.fromEntries(fields.map((field) => [names(field), range.order === 'desc' ? -1 : 1]));
};

/** Where a field of the index, or `_id` after them, stands in a form. */
const namesIn = (collection: Collection, name: string) => {
  const index = collection.indexes[name];
  return (field: string): string => {
    if (index === undefined) return field;
    if (field !== '_id') return pathOf(name, letter(index.fields.indexOf(field)));
    return index.unique === true ? '_id' : pathOf(name, 'z');
  };
};
