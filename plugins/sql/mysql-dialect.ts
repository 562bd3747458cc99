/**
 * The words of MySQL and MariaDB. Their collations fold case, accents and trailing blanks, so every comparison of text is
 * made twice: as the column's collation does, so that its index is used, and by the bytes of its UTF-8, which decides.
 */

import type { NativeValue, NonNullValue } from 'dci-gateway/plugin';
import { DummyDriver, Kysely, MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler, sql } from 'kysely';
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
import { mysqlText } from './mysql-text.ts';
import { inRows, padRows } from './padded-rows.ts';

const BIGGER = { lt: sql`<`, le: sql`<=`, gt: sql`>`, ge: sql`>=` } as const;
const INT8: readonly [bigint, bigint] = [-(2n ** 63n), 2n ** 63n - 1n];
/** What DECIMAL(65, 30) holds before the point. */
const MAX_WHOLE_DIGITS = 35;
const UTF8 = new Set(['utf8mb4', 'utf8mb3', 'utf8', 'ascii']);

const coerce = (column: StoredColumn, value: NonNullValue): Param | undefined => {
  switch (column.type) {
    case 'text':
      return mysqlText(column, value);
    case 'integer':
      return integerText(value, column.range ?? INT8);
    case 'decimal': {
      const text = decimalText(value);
      return text === undefined || text.replace(/^-|\..*$/g, '').length > MAX_WHOLE_DIGITS ? undefined : text;
    }
    case 'float': {
      const number = floatValue(value);
      const held = number !== undefined && column.cast === 'float' ? Math.fround(number) : number;
      return held === undefined || !Number.isFinite(held) ? undefined : String(held);
    }
    case 'boolean':
      return typeof value === 'boolean' ? String(Number(value)) : undefined;
    case 'date':
      return dateText(value, true);
    case 'datetime':
      return datetimeText(value, true);
    case 'instant':
      return instantText(value, true);
    case 'other':
      return typeof value === 'string' && column.cast === 'binary' ? Buffer.from(value, 'hex') : undefined;
  }
};

const read = (column: StoredColumn, raw: unknown): NativeValue => {
  if (raw === null || raw === undefined) return null;
  if (column.type === 'boolean') return Number(Buffer.isBuffer(raw) ? raw[0] : raw) !== 0;
  if (Buffer.isBuffer(raw))
    return column.type === 'integer' ? Number(BigInt(`0x${raw.toString('hex') || '0'}`)) : raw.toString('hex');
  switch (column.type) {
    case 'integer': {
      const number = Number(raw);
      return Number.isSafeInteger(number) ? number : String(raw);
    }
    case 'float':
      return column.cast === 'float' ? shortest(Number(raw)) : Number(raw);
    case 'instant':
      return String(raw).startsWith('0000') ? String(raw) : `${String(raw)}+00`;
    default:
      return typeof raw === 'object' ? JSON.stringify(raw) : String(raw);
  }
};

/** A single-precision number as people write it: 0.1, not 0.10000000149011612. */
const shortest = (value: number): number => {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
};

/** The bytes of a text in UTF-8: they compare by code point, and nothing is padded. */
const bytes = ({ fragment, column }: Ref): Fragment =>
  column.type !== 'text'
    ? fragment
    : UTF8.has(column.charset ?? '')
      ? sql`cast(${fragment} as binary)`
      : sql`cast(convert(${fragment} using utf8mb4) as binary)`;

const bytesOf = (value: Value | undefined): Fragment => sql`cast(${value} as binary)`;

/** A parameter in the type (and collation) of the column, so that the column itself stays bare. */
const cast = (column: StoredColumn, value: Value | Fragment | undefined): Fragment => {
  switch (column.type) {
    case 'text':
      return column.collation === undefined || column.charset === undefined
        ? sql`${value}`
        : sql`convert(${value} using ${sql.raw(column.charset)}) collate ${sql.raw(column.collation)}`;
    case 'integer':
      return (column.range?.[0] ?? -1n) >= 0n ? sql`cast(${value} as unsigned)` : sql`cast(${value} as signed)`;
    case 'boolean':
      return sql`cast(${value} as unsigned)`;
    case 'decimal':
      return sql`cast(${value} as decimal(65, 30))`;
    case 'float':
      return sql`(${value} + 0e0)`;
    case 'date':
      return sql`cast(${value} as date)`;
    case 'datetime':
    case 'instant':
      return sql`cast(${value} as datetime(6))`;
    case 'other':
      return sql`${value}`;
  }
};

const compare = (ref: Ref, op: CompareOp, match: Match, values: readonly Value[]): Fragment => {
  const { fragment, column } = ref;
  const [value] = values;
  if (column.type !== 'text')
    return op === 'eq'
      ? sql`${fragment} = ${cast(column, value)}`
      : sql`${fragment} ${BIGGER[op as keyof typeof BIGGER]} ${cast(column, value)}`;
  const lowered = sql`cast(lower(convert(${fragment} using utf8mb4)) as binary)`;
  const side = match === 'exact' ? bytes(ref) : lowered;
  switch (op) {
    case 'eq': {
      const indexed = match === 'exact' || /_ci$/.test(column.collation ?? '');
      const exact = sql`${side} = ${bytesOf(value)}`;
      return indexed ? allOf([sql`${fragment} = ${cast(column, value)}`, exact]) : exact;
    }
    case 'contains':
      return sql`${side} like ${bytesOf(value)} escape '!'`;
    case 'startswith': {
      const exact = sql`${side} like ${bytesOf(value)} escape '!'`;
      const indexed = match === 'exact' || /_ci$/.test(column.collation ?? '');
      return indexed && column.values === undefined
        ? allOf([sql`${fragment} like ${cast(column, value)} escape '!'`, exact])
        : exact;
    }
    default:
      return sql`${side} ${BIGGER[op]} ${bytesOf(value)}`;
  }
};

const sameText = (left: Ref, right: Ref): boolean =>
  left.column.collation === right.column.collation && left.column.charset === right.column.charset;

/** `right` such that `left = …` may use the index on left, whatever the collation of right. */
const toSideOf = (left: Ref, right: Ref): Fragment =>
  sameText(left, right) ? right.fragment : cast(left.column, right.fragment);

/** Enumerations sort by their declaration and compare as text: a page that starts after one of them needs one order for both. */
const isNative = ({ cast: word }: StoredColumn, native: boolean): boolean =>
  native && word !== 'enum' && word !== 'set';

const sortable = (ref: Ref, native: boolean): Fragment => (isNative(ref.column, native) ? ref.fragment : bytes(ref));

export const createMysqlDialect = (): Dialect => {
  const kysely = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new MysqlAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new MysqlIntrospector(db),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
  });
  return {
    compile: (fragment) => fragment.compile(kysely),
    coerce,
    bound: (_, text) => plainText(text),
    read,
    pattern: (op, _, text) => (plainText(text) === undefined ? undefined : [likePattern(op, text)]),
    compare,
    list: (_, values) => padRows(values),
    inList: (ref, values) => {
      const bare = sql`${ref.fragment} in (${sql.join(values.map((value) => cast(ref.column, value)))})`;
      return ref.column.type === 'text'
        ? allOf([bare, sql`${bytes(ref)} in (${sql.join(values.map(bytesOf))})`])
        : bare;
    },
    tuples: (_, rows) => padRows(rows).flat(),
    inTuples: (refs, values) => {
      const [only] = refs;
      if (refs.length === 1 && only !== undefined)
        return sql`${only.fragment} in (${sql.join(values.map((value) => cast(only.column, value)))})`;
      return anyOf(inRows(refs, values, (ref, value) => sql`${ref.fragment} = ${cast(ref.column, value)}`));
    },
    length: ({ fragment }) => sql`char_length(${fragment})`,
    same: (left, right) =>
      left.column.type === 'text'
        ? allOf([sql`${left.fragment} = ${toSideOf(left, right)}`, sql`${bytes(left)} = ${bytes(right)}`])
        : sql`${left.fragment} = ${right.fragment}`,
    pairs: (ours, theirs) =>
      ours.column.type === 'text'
        ? { ours: [toSideOf(theirs, ours), bytes(ours)], theirs: [theirs.fragment, bytes(theirs)] }
        : { ours: [ours.fragment], theirs: [theirs.fragment] },
    exact: (ref) => [bytes(ref)],
    order: (ref, direction, native) => {
      const side = sortable(ref, native);
      if (direction === 'desc') return sql`${side} desc`; // NULL is the least here, so last
      return ref.column.nullable ? sql`${ref.fragment} is null, ${side}` : sql`${side}`;
    },
    sortable,
    boundary: (column, native, value) =>
      column.type !== 'text' || isNative(column, native) ? cast(column, value) : bytesOf(value),
    // An IN that is ANDed is a semi-join, which the optimizer starts from the better side; EXISTS is looked at row by row.
    childIn: ({ outermost }) => outermost,
    firstByLimit: false,
    alive: undefined,
    limit: (limit, offset) => (offset === undefined ? sql`limit ${limit}` : sql`limit ${limit} offset ${offset}`),
  };
};
