/**
 * Columns as dates and datetimes. A rendered value is a day, or a second in UTC; every comparison is a range
 * between two bounds of the column, so that a day finds all its times and a zone's jumps are met.
 */

import type { Scalar } from '../dci/filter.ts';
import type { Column, NativeFilter } from '../plugin.ts';
import { FIRST_SECOND, instantSeconds, isDay, LAST_SECOND, localSeconds, nextDay, secondsText } from './calendar.ts';
import { type ColumnUse, type ColumnValue, NO_OPERATORS, RANGES } from './column-value.ts';
import { ALL, and, compare, isIn, NONE, not, present } from './native-filter.ts';
import { textDateValue } from './text-date-value.ts';
import type { Zone } from './zone.ts';

/** Bounds of a column for rendered values: at least this, below this. */
export interface Bounds {
  /** Every value that can be rendered: keeps NULL and zero dates out where there is no lower bound. */
  readonly floor: NativeFilter;
  atLeast(second: number): NativeFilter;
  below(second: number): NativeFilter;
}

export const dateValue = (
  use: ColumnUse,
  type: 'date' | 'datetime',
  format: string | undefined,
  zone: Zone,
): ColumnValue => {
  const { column, presence } = use;
  if (column.type === 'text') return textDateValue(use, type, format, zone);
  if (column.type !== 'date' && column.type !== 'datetime' && column.type !== 'instant') {
    return {
      convert: () => undefined,
      present: undefined,
      operators: NO_OPERATORS,
      compare: () => NONE,
      sortable: false,
    };
  }
  if (column.type === 'date' && type === 'date') return dayValue(use);
  const bounds = columnBounds(column, zone, type);
  const bare = not(isIn(column.name, presence.sentinels));
  const ceiling = column.type === 'instant' ? ALL : compare(column.name, 'le', lastOf(column));
  return {
    convert: (value) => rendered(column, String(value), type, zone),
    present: and(presence.filter, bounds.floor, ceiling),
    operators: RANGES,
    compare: (operator, value) => and(between(bounds, type, operator, value), ceiling, bare),
    sortable: true,
  };
};

/** Days in a column of days: nothing to convert. */
const dayValue = ({ column: { name }, presence }: ColumnUse): ColumnValue => ({
  convert: (value) => (isDay(String(value)) ? String(value) : undefined),
  present: and(presence.filter, compare(name, 'ge', FIRST_DAY), compare(name, 'le', LAST_DAY)),
  operators: RANGES,
  compare(operator, value) {
    if (!isDay(String(value)) || (operator !== 'eq' && !isRange(operator))) return NONE;
    if (operator === 'eq')
      return presence.sentinels.includes(String(value)) ? NONE : compare(name, 'eq', String(value));
    const other =
      operator === 'lt' || operator === 'le' ? compare(name, 'ge', FIRST_DAY) : compare(name, 'le', LAST_DAY);
    return and(compare(name, operator, String(value)), other, not(isIn(name, presence.sentinels)));
  },
  sortable: true,
});

/** Zero dates, years BC and -infinity lie before it. */
const FIRST_DAY = '0001-01-01';
/** Years of five digits and infinity lie after it. */
const LAST_DAY = '9999-12-31';

const lastOf = ({ type }: Column): string => (type === 'date' ? LAST_DAY : `${LAST_DAY} 23:59:59.999999`);

const isRange = (operator: string): operator is 'lt' | 'le' | 'gt' | 'ge' =>
  ['lt', 'le', 'gt', 'ge'].includes(operator);

/** What a cell renders as: `YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM:SSZ` with fractions cut. */
const rendered = (column: Column, text: string, type: 'date' | 'datetime', zone: Zone): string | undefined => {
  const seconds = column.type === 'instant' ? instantSeconds(text)?.seconds : localSeconds(text);
  if (seconds === undefined) return undefined;
  if (type === 'date') return column.type === 'instant' ? zone.dayAt(seconds) : text.slice(0, 10);
  return asInstant(column.type === 'instant' ? seconds : zone.toUtc(seconds));
};

/** Moments beyond the years that are written with four digits are the first or last of them. */
export const asInstant = (seconds: number): string => {
  const within = Math.min(Math.max(seconds, FIRST_SECOND), LAST_SECOND);
  return `${secondsText(within).replace(' ', 'T')}Z`;
};

/** Days are compared as the seconds at which they begin, read as UTC. */
const columnBounds = (column: Column, zone: Zone, type: 'date' | 'datetime'): Bounds => {
  const { name } = column;
  const write = (second: number): string | undefined => {
    if (column.type === 'instant') return asInstant(type === 'date' ? zone.toUtc(second) : second);
    const local = Math.max(type === 'date' ? second : zone.earliestLocal(second), FIRST_SECOND);
    if (local > LAST_SECOND) return undefined;
    if (column.type === 'datetime') return secondsText(local);
    const day = secondsText(local).slice(0, 10); // a date column: the first day that begins at or after this
    return local === localSeconds(day) ? day : nextDay(day);
  };
  const firstText = column.type === 'date' ? FIRST_DAY : `${FIRST_DAY} 00:00:00`;
  return {
    floor: column.type === 'instant' ? present(name) : compare(name, 'ge', firstText),
    atLeast: (second) => bound(write(second), (value) => compare(name, 'ge', value), NONE),
    below: (second) => bound(write(second), (value) => compare(name, 'lt', value), ALL),
  };
};

const bound = (value: string | undefined, make: (value: string) => NativeFilter, beyond: NativeFilter): NativeFilter =>
  value === undefined ? beyond : make(value);

/** A comparison as bounds. */
export const between = (bounds: Bounds, type: 'date' | 'datetime', operator: string, value: Scalar): NativeFilter => {
  const point = type === 'date' ? dayPoint(String(value)) : instantPoint(String(value));
  if (point === undefined) return NONE;
  const atLeast = (second: number): NativeFilter =>
    second > LAST_SECOND ? NONE : second <= FIRST_SECOND ? bounds.floor : bounds.atLeast(second);
  const below = (second: number): NativeFilter =>
    second > LAST_SECOND ? bounds.floor : second <= FIRST_SECOND ? NONE : and(bounds.floor, bounds.below(second));
  switch (operator) {
    case 'eq':
      return point.exact ? and(atLeast(point.from), point.next > LAST_SECOND ? ALL : bounds.below(point.next)) : NONE;
    case 'ge':
      return atLeast(point.exact ? point.from : point.next);
    case 'gt':
      return atLeast(point.next);
    case 'lt':
      return below(point.exact ? point.from : point.next);
    default:
      return below(point.next);
  }
};

interface Point {
  readonly from: number;
  readonly next: number;
  /** False for a time within a second: no rendered value equals it. */
  readonly exact: boolean;
}

const dayPoint = (text: string): Point | undefined => {
  const from = isDay(text) ? localSeconds(text) : undefined;
  return from === undefined ? undefined : { from, next: from + 86_400, exact: true };
};

const instantPoint = (text: string): Point | undefined => {
  const read = instantSeconds(text);
  return read === undefined ? undefined : { from: read.seconds, next: read.seconds + 1, exact: !read.fraction };
};
