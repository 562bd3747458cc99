/** A column's values as the mapping writes them: text of codes, sentinels and conditions, turned into the column's type. */

import type { Column, NativeValue, NonNullValue } from '../plugin.ts';
import { isDay } from './calendar.ts';
import { and, isIn, not, present } from './native-filter.ts';

/** The text under which a value stands in `codes` and `empty`. */
export const nativeText = (column: Column, value: NonNullValue): string => {
  if (column.type === 'boolean') return String(toBoolean(String(value)) ?? value);
  if (column.type === 'decimal' || column.type === 'float') return String(Number(value));
  if (column.type === 'datetime' || column.type === 'instant') return timeText(String(value));
  return String(value);
};

const DAY_LENGTH = 'YYYY-MM-DD'.length;
const TIME = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?)?(?:Z|\+00(?::?00)?)?$/;

/** As databases compare them: a day is its first second, and zeros behind a second say nothing. */
const timeText = (text: string): string => {
  const [whole, day, time = '00:00:00', fraction = ''] = TIME.exec(text) ?? [];
  return whole === undefined ? text : `${day} ${time}.${fraction.replace(/0+$/, '')}`;
};

/** What a column of dates may hold for none: MySQL's zero dates, PostgreSQL's infinity. */
const NO_DAY = /^0000-\d\d-\d\d$|-00(-\d\d)?$|^-?infinity$/;

/** A text of the mapping in the column's type; undefined when the column cannot hold it. */
export const toNative = (column: Column, text: string): NonNullValue | undefined => {
  switch (column.type) {
    case 'boolean':
      return toBoolean(text);
    case 'integer':
      return integerValue(text);
    case 'decimal':
    case 'float':
      return /^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : undefined;
    case 'date':
      return isDay(text) || NO_DAY.test(text) ? text : undefined;
    case 'text':
      return holdsText(column, text) ? text : undefined;
    case 'datetime':
    case 'instant':
      return text.length === DAY_LENGTH ? `${text} 00:00:00` : text;
    default:
      return text;
  }
};

/** As a cell is written, or it would never be that. */
const TIMES: Readonly<Record<string, RegExp>> = {
  datetime: /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?|-?infinity)$/,
  instant: /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00|-?infinity)$/,
};

/** A value of `when` in the column's type: true and false are 1 and 0 of an integer. */
export const whenNative = (column: Column, value: NonNullValue): NonNullValue | undefined =>
  TIMES[column.type]?.test(String(value)) === false
    ? undefined
    : toNative(column, column.type === 'integer' && typeof value === 'boolean' ? String(Number(value)) : String(value));

/** An integer's canonical text as a number where that is exact, else as text; undefined for any other text. */
export const integerValue = (text: string): NonNullValue | undefined => {
  if (!/^(0|-?[1-9][0-9]{0,37})$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
};

const toBoolean = (text: string): boolean | undefined =>
  text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : undefined;

const holdsText = (column: Column, text: string): boolean => {
  if (column.maxLength !== undefined && Array.from(text).length > column.maxLength) return false;
  if (column.values === undefined || text === '') return true;
  const pieces = column.nativeType.startsWith('set') ? text.split(',') : [text];
  return pieces.every((piece) => column.values?.includes(piece));
};

export interface Presence {
  /** Values that stand for nothing, in the column's type. */
  readonly sentinels: readonly NonNullValue[];
  readonly filter: ReturnType<typeof and>;
  /** Whether the cell holds something. */
  holds(value: NativeValue | undefined): value is NonNullValue;
}

/** NULL is empty everywhere, the empty text is by default, and the mapping's sentinels are. */
export const presenceOf = (column: Column, empty: readonly string[] | undefined): Presence => {
  const sentinels = (empty ?? [''])
    .filter((text) => text !== '' || column.type === 'text')
    .map((text) => toNative(column, text));
  const held = sentinels.filter((value) => value !== undefined);
  const texts = new Set(held.map((value) => nativeText(column, value)));
  return {
    sentinels: held,
    filter: and(present(column.name), not(isIn(column.name, held))),
    holds: (value): value is NonNullValue =>
      value !== null && value !== undefined && !(texts.size > 0 && texts.has(nativeText(column, value))),
  };
};
