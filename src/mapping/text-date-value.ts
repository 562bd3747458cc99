/** Dates kept as text. Year first: ranges of text are ranges of time; else a day is found by its text alone. */

import type { NativeFilter } from '../plugin.ts';
import { FIRST_SECOND, isDay, LAST_SECOND, localSeconds, secondsText } from './calendar.ts';
import { type ColumnUse, type ColumnValue, EQUALITY, NO_OPERATORS, RANGES } from './column-value.ts';
import { asInstant, type Bounds, between } from './date-value.ts';
import { ALL, and, compare, isIn, NONE, not } from './native-filter.ts';
import { parseTextFormat, type TextFormat } from './text-dates.ts';
import type { Zone } from './zone.ts';

const DEFAULT_FORMAT = { date: 'yyyy-MM-dd', datetime: 'yyyy-MM-dd HH:mm:ss' };

export const textDateValue = (
  use: ColumnUse,
  type: 'date' | 'datetime',
  written: string | undefined,
  zone: Zone,
): ColumnValue => {
  const format = parseTextFormat(written ?? DEFAULT_FORMAT[type], type);
  if (typeof format === 'string') throw new Error(`unchecked format ${written}`); // read-leaf refuses it
  const { column, presence } = use;
  const convert = (value: unknown): string | undefined => {
    const local = format.read(String(value));
    if (local === undefined || type === 'date') return local?.slice(0, 10);
    const seconds = localSeconds(local);
    return seconds === undefined ? undefined : asInstant(zone.toUtc(seconds));
  };
  if (!format.ordered) {
    const exact = type === 'date' && !format.hasTime;
    return {
      convert,
      present: undefined,
      operators: exact ? EQUALITY : NO_OPERATORS,
      compare: (_operator, value) => equality(use, format, String(value)),
      sortable: false,
    };
  }
  const bounds = textBounds(column.name, format, type, zone);
  const whole = and(
    { kind: 'length', column: column.name, characters: format.width },
    not(isIn(column.name, presence.sentinels)),
  );
  return {
    convert,
    // A text of the right length that sorts between two dates and is none itself cannot be told apart here.
    present: and(whole, bounds.floor, upTo(column.name, format)),
    operators: RANGES,
    compare: (operator, value) =>
      operator === 'eq' && type === 'date' && !format.hasTime
        ? equality(use, format, String(value))
        : and(whole, upTo(column.name, format), between(bounds, type, operator, value)),
    sortable: true,
  };
};

const equality = ({ column, presence }: ColumnUse, format: TextFormat, day: string): NativeFilter => {
  const text = isDay(day) ? format.write(`${day} 00:00:00`) : undefined;
  return text === undefined || presence.sentinels.includes(text) ? NONE : compare(column.name, 'eq', text);
};

/** The latest time that the format can hold: junk above it is no date. */
const lastOf = (format: TextFormat): string => {
  const last = secondsText(LAST_SECOND);
  const candidates = [last, `${last.slice(0, 17)}00`, `${last.slice(0, 14)}00:00`, `${last.slice(0, 11)}00:00:00`];
  return candidates.find((each) => format.write(each) !== undefined) ?? last;
};

const upTo = (column: string, format: TextFormat): NativeFilter =>
  compare(column, 'le', format.write(lastOf(format)) ?? '');

const textBounds = (column: string, format: TextFormat, type: 'date' | 'datetime', zone: Zone): Bounds => {
  const write = (second: number): string | undefined => {
    const local = Math.max(type === 'date' ? second : zone.earliestLocal(second), FIRST_SECOND);
    // Parts that the format lacks are zero in every value of the column: the first text at or after this.
    for (const step of [1, 60, 3600, 86_400]) {
      const next = Math.ceil(local / step) * step;
      const text = next > LAST_SECOND ? undefined : format.write(secondsText(next));
      if (text !== undefined) return text;
    }
    return undefined;
  };
  return {
    floor: bound(column, 'ge', format.write('0001-01-01 00:00:00'), NONE),
    atLeast: (second) => bound(column, 'ge', write(second), NONE),
    below: (second) => bound(column, 'lt', write(second), ALL),
  };
};

const bound = (column: string, op: 'ge' | 'lt', text: string | undefined, beyond: NativeFilter): NativeFilter =>
  text === undefined ? beyond : compare(column, op, text);
