/** Columns as numbers, integers and booleans. */

import type { Scalar } from '../dci/filter.ts';
import type { Column, NativeFilter } from '../plugin.ts';
import {
  type ColumnUse,
  type ColumnValue,
  EQUALITY,
  NO_OPERATORS,
  RANGES,
  type ValueOperator,
} from './column-value.ts';
import { and, compare, isIn, NONE, not, or } from './native-filter.ts';

const NUMERIC: ReadonlySet<string> = new Set(['integer', 'decimal', 'float']);

export const numberValue = (use: ColumnUse, type: 'integer' | 'number'): ColumnValue => {
  const { column, presence } = use;
  if (column.type === 'text') return numberFromText(use, type);
  if (!NUMERIC.has(column.type))
    return { convert: toNumber, present: undefined, operators: NO_OPERATORS, compare: () => NONE, sortable: false };
  const { floor, ceiling } = extremes(column);
  const all = and(presence.filter, floor, ceiling);
  return {
    convert: (value) => withinExtremes(column, toNumber(value)),
    present: all,
    operators: RANGES,
    compare(operator, value) {
      if (typeof value !== 'number') return NONE;
      if (Math.abs(value) > most(column)) return liesBefore(operator, value) ? all : NONE;
      if (operator === 'eq') return presence.sentinels.includes(value) ? NONE : compare(column.name, 'eq', value);
      const other = operator === 'lt' || operator === 'le' ? floor : ceiling;
      return and(compareWhole(column, operator, value), other, not(isIn(column.name, presence.sentinels)));
    },
    sortable: true,
  };
};

/** A number of JSON is exact up to here; its neighbours beyond would be told, and found, in its place. */
const MOST_INTEGER = Number.MAX_SAFE_INTEGER;
/** Beyond these no registry counts: MariaDB casts to 35 digits before the point, a column of single floats ends at 3.4e38. */
const MOST_DECIMAL = 1e34;
const MOST_FLOAT = 3.4028234663852886e38;

const most = ({ type }: Column): number =>
  type === 'integer' ? MOST_INTEGER : type === 'decimal' ? MOST_DECIMAL : MOST_FLOAT;

/** What is no number sorts beside them: PostgreSQL's -Infinity below, Infinity and NaN above. */
const extremes = (column: Column): { readonly floor: NativeFilter; readonly ceiling: NativeFilter } => ({
  floor: compare(column.name, 'ge', -most(column)),
  ceiling: compare(column.name, 'le', most(column)),
});

const withinExtremes = (column: Column, number: number | undefined): number | undefined =>
  number === undefined || Math.abs(number) > most(column) ? undefined : number;

/** Whether all numbers there are stand so to one beyond them. */
const liesBefore = (operator: ValueOperator, value: number): boolean =>
  value > 0 ? operator === 'lt' || operator === 'le' : operator === 'gt' || operator === 'ge';

/** A fraction against a column of integers, which cannot hold it: the whole number beside it. */
const compareWhole = (column: Column, operator: ValueOperator, value: number): NativeFilter => {
  const inside = column.type !== 'integer' || Number.isInteger(value);
  if (inside || operator === 'contains' || operator === 'startswith') return compare(column.name, operator, value);
  const less = operator === 'lt' || operator === 'le';
  return compare(column.name, less ? 'le' : 'ge', less ? Math.floor(value) : Math.ceil(value));
};

/** `Number` alone takes the empty text for 0 and `0x10` for 16: SQLite keeps such text in columns of numbers. */
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

const toNumber = (value: Scalar): number | undefined => {
  if (typeof value === 'boolean' || (typeof value === 'string' && !NUMBER.test(value))) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
};

/** A number kept as text: only its canonical text is one, so that equality is exact; ranges would compare text. */
const numberFromText = ({ column, presence }: ColumnUse, type: 'integer' | 'number'): ColumnValue => ({
  convert(value) {
    const number = Number(value);
    return String(number) === value && Number.isFinite(number) && (type === 'number' || Number.isInteger(number))
      ? number
      : undefined;
  },
  present: undefined,
  operators: EQUALITY,
  compare: (_operator, value) =>
    typeof value === 'number' && !presence.sentinels.includes(String(value))
      ? compare(column.name, 'eq', String(value))
      : NONE,
  sortable: false,
});

/** Boolean columns, and 0 and 1 of integer columns. Other codes need `codes`. */
export const booleanValue = ({ column, presence }: ColumnUse): ColumnValue => {
  const nativeOf = (value: boolean) => (column.type === 'boolean' ? value : Number(value));
  const usable = (value: boolean): boolean => !presence.sentinels.includes(nativeOf(value));
  if (column.type !== 'boolean' && column.type !== 'integer') {
    return {
      convert: () => undefined,
      present: undefined,
      operators: NO_OPERATORS,
      compare: () => NONE,
      sortable: false,
    };
  }
  const equals = (value: Scalar) =>
    typeof value === 'boolean' && usable(value) ? compare(column.name, 'eq', nativeOf(value)) : NONE;
  return {
    convert: (value) => (value === true || value === 1 ? true : value === false || value === 0 ? false : undefined),
    present: or(equals(true), equals(false)),
    operators: EQUALITY,
    compare: (_operator, value) => equals(value),
    sortable: column.type === 'boolean',
  };
};
