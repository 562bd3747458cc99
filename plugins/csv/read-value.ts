/** The text of a CSV field as the value that its column's type stores, or `undefined` where it is not one. */
import type { ColumnKind } from './config.ts';

export type Stored = string | number | bigint;
export type ReadValue = (text: string) => Stored | undefined;

/** Bounds of SQLite's integers. */
const SMALLEST = -(2n ** 63n);
const LARGEST = 2n ** 63n - 1n;
/** No text this long is a number; keeps BigInt from reading megabytes of digits. */
const LONGEST_NUMBER = 400;

const readInteger: ReadValue = (text) => {
  if (text.length > LONGEST_NUMBER || !/^[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  const exact = BigInt(text.replace('+', ''));
  return exact < SMALLEST || exact > LARGEST ? undefined : exact;
};

const readNumber: ReadValue = (text) => {
  if (text.length > LONGEST_NUMBER || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
};

const BOOLEANS: ReadonlyMap<string, number> = new Map([
  ...['1', 'true', 't', 'yes', 'y'].map((word) => [word, 1] as const),
  ...['0', 'false', 'f', 'no', 'n'].map((word) => [word, 0] as const),
]);

const readBoolean: ReadValue = (text) => BOOLEANS.get(text.toLowerCase());

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A day that exists; arithmetic, because a Date for each of a million rows takes seconds. */
const isDay = (year: string, month: string, day: string): boolean => {
  const y = Number(year);
  const leap = Number(month) === 2 && y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0);
  const days = (DAYS[Number(month) - 1] ?? 0) + (leap ? 1 : 0);
  return y > 0 && Number(day) >= 1 && Number(day) <= days;
};

const isTime = (hour: string, minute: string, second: string): boolean =>
  Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;

/** `dd/mm/yyyy` becomes a pattern with named groups; `d` and `m` alone take one digit or two. */
const datePattern = (format: string): RegExp => {
  const groups = {
    yyyy: '(?<y>\\d{4})',
    mm: '(?<m>\\d{2})',
    m: '(?<m>\\d{1,2})',
    dd: '(?<d>\\d{2})',
    d: '(?<d>\\d{1,2})',
  };
  const source = format.replaceAll(/yyyy|mm?|dd?|[^ymd]/g, (part) =>
    part in groups ? groups[part as keyof typeof groups] : `\\u{${(part.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return new RegExp(`^${source}$`, 'u');
};

/** Whether a format names year, month and day once each. */
export const isDateFormat = (format: string): boolean =>
  [...format.toLowerCase().matchAll(/yyyy|mm?|dd?|y+/g)]
    .map(([part]) => part.charAt(0))
    .sort()
    .join('') === 'dmy' && format.includes('yyyy');

const readDate = (format: string): ReadValue => {
  const pattern = datePattern(format.toLowerCase());
  return (text) => {
    const { y = '', m = '', d = '' } = pattern.exec(text)?.groups ?? {};
    return isDay(y, m, d) ? `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}` : undefined;
  };
};

const TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/;

/** As the query side compares: at most six digits of a second, no zeros at their end. */
const shortFraction = (fraction: string): string => fraction.slice(0, 7).replace(/\.?0*$/, '');

const readDatetime: ReadValue = (text) => {
  const [, y = '', m = '', d = '', hour = '', minute = '', second = '00', fraction = '', zone] = TIME.exec(text) ?? [];
  if (zone !== undefined || !isDay(y, m, d) || !isTime(hour, minute, second)) return undefined;
  return `${y}-${m}-${d} ${hour}:${minute}:${second}${shortFraction(fraction)}`;
};

/** A moment: the zone must be there, and what is stored is UTC. */
const readInstant: ReadValue = (text) => {
  const [, y = '', m = '', d = '', hour = '', minute = '', second = '00', fraction = '', zone] = TIME.exec(text) ?? [];
  if (zone === undefined || !isDay(y, m, d) || !isTime(hour, minute, second)) return undefined;
  const offset = zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const milliseconds = Date.parse(`${y}-${m}-${d}T${hour}:${minute}:${second}${offset}`);
  if (Number.isNaN(milliseconds)) return undefined;
  const utc = new Date(milliseconds).toISOString();
  return /^[+-]|^0000/.test(utc) ? undefined : `${utc.slice(0, 19).replace('T', ' ')}${shortFraction(fraction)}`;
};

const READERS: Readonly<Record<Exclude<ColumnKind, 'date'>, ReadValue>> = {
  text: (text) => text,
  integer: readInteger,
  number: readNumber,
  boolean: readBoolean,
  datetime: readDatetime,
  instant: readInstant,
};

/** `date dd/mm/yyyy` → its kind and how a field is read. */
export const readerOf = (type: string): { readonly kind: ColumnKind; readonly read: ReadValue } => {
  const [kind = 'text', ...format] = type.split(' ');
  if (kind === 'date') return { kind, read: readDate(format.length > 0 ? format.join(' ') : 'yyyy-mm-dd') };
  if (kind in READERS) {
    const known = kind as keyof typeof READERS; // just looked up
    return { kind: known, read: READERS[known] };
  }
  throw new Error(`there is no column type ${kind}`);
};
