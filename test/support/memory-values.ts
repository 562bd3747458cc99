/** How a column's values compare, straight from the docstrings of plugin.ts: the oracle for SQL. */

import type { ColumnType, NativeValue, NonNullValue } from '../../src/plugin.ts';

/** -1, 0, 1; undefined when the column's type cannot hold the value (then nothing matches). */
export const compareNative = (type: ColumnType, left: NativeValue, right: NonNullValue): number | undefined => {
  if (left === null) return undefined;
  switch (type) {
    case 'text':
      return compareCodePoints(String(left), String(right));
    case 'integer':
      return isIntegerText(String(right)) ? compareBig(BigInt(String(left)), BigInt(String(right))) : undefined;
    case 'decimal':
    case 'float':
      return isNumber(right) ? Math.sign(Number(left) - Number(right)) : undefined;
    case 'boolean':
      return typeof right === 'boolean' ? Number(left) - Number(right) : undefined;
    case 'date':
      return isDay(String(right)) ? compareCodePoints(String(left), String(right)) : undefined;
    case 'datetime':
      return compareTimes(localTime(String(left)), localTime(String(right)));
    case 'instant':
      return compareTimes(instantTime(String(left)), instantTime(String(right)));
    default:
      return undefined;
  }
};

/** Order of two cells of one column, NULL last whatever the direction. */
export const orderNative = (type: ColumnType, descending: boolean, left: NativeValue, right: NativeValue): number => {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  const order = compareNative(type, left, right) ?? 0;
  return descending ? -order : order;
};

export const compareCodePoints = (left: string, right: string): number => {
  const [a, b] = [Array.from(left), Array.from(right)];
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const difference = (a[at]?.codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
};

const compareBig = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0);

const isIntegerText = (text: string): boolean => /^(0|-?[1-9][0-9]*)$/.test(text);

/** A number, or the plain text of one: `1e3` and `-0` are not how a number is written. */
const isNumber = (value: NonNullValue): boolean =>
  typeof value === 'string'
    ? /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(value) && value !== '-0'
    : typeof value === 'number';

/** A day of the calendar; `0000-00-00` is one too, some databases keep it. */
const isDay = (text: string): boolean =>
  text === '0000-00-00' ||
  (/^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) &&
    new Date(`${text}T00:00:00Z`).toISOString().slice(0, 10) === text);

/** Seconds and fraction as one sortable text. */
const localTime = (text: string): string | undefined => {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?)?$/.exec(text);
  return match === null ? undefined : `${match[1]} ${match[2] ?? '00:00:00'}.${(match[3] ?? '').padEnd(9, '0')}`;
};

const instantTime = (text: string): string | undefined => {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}(?::?\d{2})?)?$/.exec(text);
  if (match === null) return undefined;
  const zone = match[4] ?? 'Z';
  const offset = zone === 'Z' ? 'Z' : zone.length === 3 ? `${zone}:00` : zone;
  const ms = Date.parse(`${match[1]}T${match[2]}${offset}`);
  return Number.isNaN(ms) ? undefined : localTime(`${new Date(ms).toISOString().slice(0, 19)}.${match[3] ?? '0'}`);
};

const compareTimes = (left: string | undefined, right: string | undefined): number | undefined =>
  left === undefined || right === undefined ? undefined : left < right ? -1 : left > right ? 1 : 0;
