/** SQLite's words: COLLATE BINARY everywhere, lists as JSON, no LIKE (it folds case), a deadline inside each query. */

import type { NativeValue, NonNullValue } from 'dci-gateway/plugin';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely';
import { dateText, datetimeText, floatValue, instantText, integerText, plainText } from '../native/coerce-value.ts';
import { allOf } from './condition.ts';
import type { CompareOp, Dialect, Fragment, Match, Param, Ref, StoredColumn, Value } from './dialect.ts';

const INT64: readonly [bigint, bigint] = [-(2n ** 63n), 2n ** 63n - 1n];
const BIGGER = { lt: sql`<`, le: sql`<=`, gt: sql`>`, ge: sql`>=` } as const;

const wholeNumber = (value: NonNullValue): Param | undefined => {
  if (Number.isSafeInteger(value)) return Number(value);
  const text = integerText(value, INT64);
  if (text === undefined) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
};

/** What NUMERIC keeps as a double: digits beyond those of one are no value of the column. */
const roundNumber = (value: NonNullValue): Param | undefined => {
  const number = floatValue(value);
  if (typeof value !== 'string' || number === undefined || !/^-?\d{16,}$/.test(value)) return number;
  return BigInt(value) === BigInt(number) ? number : undefined;
};

const coerce = (column: StoredColumn, value: NonNullValue): Param | undefined => {
  switch (column.type) {
    case 'text':
      return plainText(value);
    case 'integer':
      return wholeNumber(value);
    case 'decimal':
      return wholeNumber(value) ?? roundNumber(value);
    case 'float':
      return floatValue(value);
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : undefined;
    case 'date':
      return dateText(value);
    case 'datetime':
      return datetimeText(value);
    case 'instant':
      return instantText(value);
    case 'other':
      return undefined;
  }
};

const read = (column: StoredColumn, raw: unknown): NativeValue => {
  if (raw === null || raw === undefined) return null;
  if (raw instanceof Uint8Array) return Buffer.from(raw).toString('hex');
  if (typeof raw === 'string') return raw;
  if (column.type === 'boolean') return Number(raw) === 0 ? false : Number(raw) === 1 ? true : String(raw);
  if (column.type === 'text' || column.type === 'decimal') return String(raw);
  if (typeof raw === 'bigint') {
    const number = Number(raw);
    return Number.isSafeInteger(number) ? number : String(raw);
  }
  return Number(raw);
};

/** The least text after all that start with this one; undefined: there is none. */
export const afterPrefix = (text: string): string | undefined => {
  const points = [...text];
  while (points.length > 0) {
    const last = points.pop()?.codePointAt(0) ?? 0;
    if (last === 0x10ffff) continue;
    return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
};

const pattern = (op: 'contains' | 'startswith', _: StoredColumn, text: string): readonly Param[] | undefined => {
  if (plainText(text) === undefined) return undefined;
  const end = op === 'startswith' ? afterPrefix(text) : undefined;
  return end === undefined ? [text] : [text, end];
};

const binary = ({ fragment, column }: Ref): Fragment =>
  column.type === 'text' ? sql`${fragment} collate binary` : fragment;

/** Beside the binary comparison the one in the collation of the index, so that it is used. */
const withIndex = ({ fragment, column }: Ref, exact: Fragment, condition: (side: Fragment) => Fragment): Fragment =>
  column.collation === undefined
    ? exact
    : allOf([condition(sql`${fragment} collate ${sql.id(column.collation)}`), exact]);

const compare = (ref: Ref, op: CompareOp, match: Match, values: readonly Value[]): Fragment => {
  const [value, end] = values;
  if (match !== 'exact') return compareLower(ref, op, match, value);
  const side = binary(ref);
  switch (op) {
    case 'eq':
      return withIndex(ref, sql`${side} = ${value}`, (folding) => sql`${folding} = ${value}`);
    case 'contains':
      return sql`instr(${ref.fragment}, ${value}) > 0`;
    case 'startswith':
      return end === undefined ? sql`${side} >= ${value}` : sql`(${side} >= ${value} and ${side} < ${end})`;
    default:
      return ofType(ref, sql`${side} ${BIGGER[op]} ${value}`);
  }
};

/** SQLite keeps text in columns of numbers, where it sorts above them, and any text or number in columns of dates. */
const ofType = ({ fragment, column: { type } }: Ref, range: Fragment): Fragment => {
  if (type === 'integer' || type === 'decimal' || type === 'float')
    return allOf([range, sql`typeof(${fragment}) in ('integer', 'real')`]);
  return type === 'date' ? allOf([range, sql`date(${fragment}) = ${fragment} collate binary`]) : range;
};

/** SQLite's lower() knows ASCII only: text beyond it goes through ours. */
const compareLower = (ref: Ref, op: CompareOp, match: Match, value: Value | undefined): Fragment => {
  const lowered = match === 'lower' ? sql`lower(${ref.fragment})` : sql`dci_lower(${ref.fragment})`;
  if (op === 'eq') return sql`${lowered} = ${value}`;
  if (op === 'contains') return sql`instr(${lowered}, ${value}) > 0`;
  if (op === 'startswith') return sql`instr(${lowered}, ${value}) = 1`;
  return sql`${lowered} ${BIGGER[op]} ${value}`;
};

const json = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(json).join()}]`
    : typeof value === 'bigint'
      ? String(value)
      : JSON.stringify(value);

const inTuples = (refs: readonly Ref[], values: readonly Value[], many: boolean): Fragment => {
  if (!many) return allOf(refs.map((ref, n) => sql`${ref.fragment} = ${values[n]}`));
  const [list] = values;
  const [only] = refs;
  if (refs.length === 1 && only !== undefined) return sql`${only.fragment} in (select value from json_each(${list}))`;
  const parts = refs.map((_, n) => sql`json_extract(value, ${sql.lit(`$[${n}]`)})`);
  return sql`(${sql.join(refs.map(({ fragment }) => fragment))}) in (select ${sql.join(parts)} from json_each(${list}))`;
};

export const createSqliteDialect = (): Dialect => {
  const kysely = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  return {
    compile: (fragment) => fragment.compile(kysely),
    coerce,
    bound: (_, text) => plainText(text),
    read,
    pattern,
    compare,
    list: (_, values) => [json(values)],
    inList: (ref, [list]) =>
      withIndex(
        ref,
        sql`${binary(ref)} in (select value from json_each(${list}))`,
        (folding) => sql`${folding} in (select value from json_each(${list}))`,
      ),
    tuples: (columns, rows) => {
      const [row] = rows;
      if (rows.length === 1 && row !== undefined) return row;
      return [json(columns.length === 1 ? rows.map(([value]) => value) : rows)];
    },
    inTuples,
    length: ({ fragment }) => sql`length(${fragment})`,
    same: (left, right) =>
      withIndex(left, sql`${binary(left)} = ${right.fragment}`, (folding) => sql`${folding} = ${right.fragment}`),
    pairs: (ours, theirs) => ({ ours: [binary(ours)], theirs: [theirs.fragment] }),
    exact: (ref) => [binary(ref)],
    order: (ref, direction, native) => {
      const side = native ? ref.fragment : binary(ref);
      const last = ref.column.nullable ? sql` nulls last` : sql``;
      return direction === 'asc' ? sql`${side}${last}` : sql`${side} desc${last}`;
    },
    sortable: (ref, native) => (native ? ref.fragment : binary(ref)),
    boundary: (_, __, value) => sql`${value}`,
    // A correlated EXISTS is looked at for every row of the parent: only good when the parent has the better way in.
    childIn: ({ own, child }) => own <= child,
    // random() for the rowid: views and SELECTs have none, and its low bits may never be 0 in some registry's keys.
    firstByLimit: false,
    alive: sql`(random() & 1023 or dci_alive())`,
    // A bare `LIMIT ?` is read by the planner, so that each new binding prepares the statement again (20 of 29 µs).
    limit: (limit, offset) =>
      offset === undefined ? sql`limit ${limit} + 0` : sql`limit ${limit} + 0 offset ${offset} + 0`,
  };
};
