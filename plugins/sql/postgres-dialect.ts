/** PostgreSQL's words: parameters cast to the column's type, text under COLLATE "C" where its own collation might fold. */

import type { NativeValue, NonNullValue } from 'dci-gateway/plugin';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import {
  dateText,
  datetimeText,
  decimalText,
  floatValue,
  instantText,
  integerText,
  plainText,
} from '../native/coerce-value.ts';
import { allOf, anyOf } from '../relational/condition.ts';
import type { CompareOp, Dialect, Fragment, Match, Param, Ref, StoredColumn, Value } from '../relational/dialect.ts';
import { likePattern } from './like-pattern.ts';
import { inRows, padRows } from './padded-rows.ts';
import { singleByteHolds } from './single-byte-encodings.ts';

const BIGGER = { lt: sql`<`, le: sql`<=`, gt: sql`>`, ge: sql`>=` } as const;
const INT8: readonly [bigint, bigint] = [-(2n ** 63n), 2n ** 63n - 1n];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the server's encoding has these characters: it answers others with an error. */
const isHeld = ({ charset = 'UTF8' }: StoredColumn, text: string): boolean =>
  plainText(text) !== undefined && (charset === 'UTF8' || singleByteHolds(charset, text));

const coerceText = (column: StoredColumn, value: NonNullValue): string | undefined => {
  const text = plainText(value);
  if (text === undefined) return undefined;
  if (column.cast === 'uuid') return UUID.test(text) ? text : undefined;
  if (column.values !== undefined) return column.values.includes(text) ? text : undefined;
  if (column.cast === 'bpchar' && text.endsWith(' ')) return undefined; // its blanks at the end are padding, no text
  return isHeld(column, text) ? text : undefined;
};

/** Dates and times may be infinite here. No query asks for that; a mapping may call it empty. */
const isInfinite = (column: StoredColumn, value: NonNullValue): value is string =>
  ['date', 'datetime', 'instant'].includes(column.type) && (value === 'infinity' || value === '-infinity');

const coerce = (column: StoredColumn, value: NonNullValue): Param | undefined => {
  if (isInfinite(column, value)) return value;
  switch (column.type) {
    case 'text':
      return coerceText(column, value);
    case 'integer':
      return integerText(value, column.range ?? INT8);
    case 'decimal':
      return decimalText(value);
    case 'float': {
      const number = floatValue(value);
      if (number === undefined || (column.cast === 'real' && !Number.isFinite(Math.fround(number)))) return undefined;
      return String(column.cast === 'real' && Math.fround(number) === 0 ? 0 : number);
    }
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'date':
      return dateText(value);
    case 'datetime':
      return datetimeText(value);
    case 'instant': {
      const text = instantText(value);
      return text === undefined ? undefined : `${text}+00`;
    }
    case 'other':
      return typeof value === 'string' ? value : undefined; // a key or join column only: it has been read from there
  }
};

/** Values come as the server's text. */
const read = (column: StoredColumn, raw: unknown): NativeValue => {
  if (raw === null || raw === undefined) return null;
  const text = String(raw);
  switch (column.type) {
    case 'integer': {
      const number = Number(text);
      return Number.isSafeInteger(number) ? number : text;
    }
    case 'float': {
      const number = Number(text);
      return Number.isFinite(number) ? number : text;
    }
    case 'boolean':
      return text === 't';
    case 'text':
      return column.cast === 'bpchar' ? text.replace(/ +$/, '') : text;
    default:
      return text;
  }
};

const C = sql`collate "C"`;

const cast = (column: StoredColumn, value: Value | undefined): Fragment => sql`${value}::${sql.raw(column.cast)}`;

/** As text that compares by its bytes, which in UTF-8 is by code point. */
const exactSide = ({ fragment, column }: Ref): Fragment =>
  column.type === 'text' ? sql`${fragment}::text ${C}` : fragment;

/** LIKE without an exact second look: its collation is deterministic and nothing is padded. */
const isPlain = ({ column }: Ref): boolean =>
  !column.folds && (column.cast === 'text' || column.cast === 'character varying');

const compare = (ref: Ref, op: CompareOp, match: Match, values: readonly Value[]): Fragment => {
  const { fragment, column } = ref;
  const [value] = values;
  if (column.type !== 'text')
    return op === 'eq'
      ? sql`${fragment} = ${cast(column, value)}`
      : sql`${fragment} ${BIGGER[op as keyof typeof BIGGER]} ${cast(column, value)}`;
  const text = sql`${value}::text`;
  if (match !== 'exact') {
    const lowered = sql`lower(${fragment}::text)`;
    // A collation that folds more than case would do so here too, and takes no LIKE.
    const exact = column.folds ? sql`${lowered} ${C}` : lowered;
    if (op === 'eq')
      return column.folds ? allOf([sql`${lowered} = ${text}`, sql`${exact} = ${text}`]) : sql`${exact} = ${text}`;
    return op === 'contains' || op === 'startswith'
      ? sql`${exact} like ${text} escape '!'`
      : sql`${lowered} ${C} ${BIGGER[op]} ${text}`;
  }
  switch (op) {
    case 'eq': {
      const bare = sql`${fragment} = ${cast(column, value)}`;
      return column.folds ? allOf([bare, sql`${exactSide(ref)} = ${text}`]) : bare;
    }
    case 'contains':
    case 'startswith': {
      if (isPlain(ref)) return sql`${fragment} like ${text} escape '!'`;
      const exact = sql`${exactSide(ref)} like ${text} escape '!'`;
      return column.cast === 'bpchar' && !column.folds && op === 'startswith'
        ? allOf([sql`${fragment} like ${text} escape '!'`, exact])
        : exact;
    }
    default:
      return sql`${exactSide(ref)} ${BIGGER[op]} ${text}`;
  }
};

/** `=` of two columns; of text ones under one collation, which the server demands. */
const same = (left: Ref, right: Ref): Fragment => {
  if (left.column.type !== 'text') return sql`${left.fragment} = ${right.fragment}`;
  const exact = sql`${exactSide(left)} = ${exactSide(right)}`;
  if (left.column.cast !== right.column.cast) return exact;
  const { collation } = left.column;
  const other =
    collation === undefined || collation === right.column.collation
      ? right.fragment
      : sql`${right.fragment} collate ${sql.raw(collation)}`;
  const bare = sql`${left.fragment} = ${other}`;
  return left.column.folds || right.column.folds ? allOf([bare, exact]) : bare;
};

export const createPostgresDialect = (): Dialect => {
  const kysely = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  const anyArray = (fragment: Fragment, type: string, list: Value | undefined) =>
    sql`${fragment} = any(${list}::${sql.raw(type)}[])`;
  return {
    compile: (fragment) => fragment.compile(kysely),
    coerce,
    bound: (column, text) => (isHeld(column, text) ? text : undefined),
    read,
    pattern: (op, column, text) => (isHeld(column, text) ? [likePattern(op, text)] : undefined),
    compare,
    list: (_, values) => [values.map(String)],
    inList: (ref, [list]) => {
      const bare = anyArray(ref.fragment, ref.column.cast, list);
      return ref.column.folds ? allOf([bare, anyArray(exactSide(ref), 'text', list)]) : bare;
    },
    tuples: (columns, rows) => {
      const [row] = rows;
      if (rows.length === 1 && row !== undefined) return row;
      return columns.length === 1 ? [rows.map(([value]) => String(value))] : padRows(rows).flat();
    },
    inTuples: (refs, values, many) => {
      const [only] = refs;
      if (many && refs.length === 1 && only !== undefined) return anyArray(only.fragment, only.column.cast, values[0]);
      return anyOf(inRows(refs, values, (ref, value) => sql`${ref.fragment} = ${cast(ref.column, value)}`));
    },
    length: ({ fragment }) => sql`char_length(${fragment}::text)`,
    same,
    pairs: (ours, theirs) => ({ ours: [exactSide(ours)], theirs: [exactSide(theirs)] }),
    exact: (ref) => [exactSide(ref)],
    order: (ref, direction, native) => {
      const side = native ? ref.fragment : exactSide(ref);
      if (direction === 'asc') return sql`${side}`;
      return ref.column.nullable ? sql`${side} desc nulls last` : sql`${side} desc`;
    },
    sortable: (ref, native) => (native ? ref.fragment : exactSide(ref)),
    boundary: (column, native, value) => (native || column.type !== 'text' ? cast(column, value) : sql`${value}::text`),
    // An EXISTS is a semi-join, which the planner starts from the better side.
    childIn: () => false,
    // Nested NOT EXISTS become anti-joins, which it plans over whole tables.
    firstByLimit: true,
    alive: undefined,
    limit: (limit, offset) =>
      offset === undefined ? sql`limit ${limit}::bigint` : sql`limit ${limit}::bigint offset ${offset}::bigint`,
  };
};
