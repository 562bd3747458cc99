/** Texts and numbers of a query in the form a column type can hold; `undefined`: it cannot, so nothing matches. */

import type { NonNullValue } from 'dci-gateway/plugin';

const INTEGER = /^(?:0|-?[1-9]\d{0,38})$/;
const DECIMAL = /^-?(?:0|[1-9]\d{0,59})(?:\.\d{1,30})?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATETIME = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/;
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Digits of an integer within the range. `1.0`, `01`, `+1` and booleans are none. */
export const integerText = (value: NonNullValue, range: readonly [bigint, bigint]): string | undefined => {
  if (typeof value === 'boolean') return undefined;
  const text = typeof value === 'number' ? (Number.isInteger(value) ? BigInt(value).toString() : '') : value;
  if (!INTEGER.test(text)) return undefined;
  const integer = BigInt(text);
  return integer < range[0] || integer > range[1] ? undefined : text;
};

/** A plain decimal text of at most 60 digits before and 30 after the point. */
export const decimalText = (value: NonNullValue): string | undefined => {
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'string') return DECIMAL.test(value) && value !== '-0' ? value : undefined;
  if (!Number.isFinite(value)) return undefined;
  const text = String(value === 0 ? 0 : value);
  if (DECIMAL.test(text)) return text;
  return plainDecimal(text);
};

/** `1.5e-7` without its exponent. */
const plainDecimal = (text: string): string | undefined => {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  const shift = Number(exponent);
  const digits = whole + fraction;
  const plain =
    shift < 0
      ? `${sign}0.${'0'.repeat(-shift - 1)}${digits}`
      : `${sign}${digits}${'0'.repeat(Math.max(0, shift - fraction.length))}`;
  return DECIMAL.test(plain) ? plain : undefined;
};

export const floatValue = (value: NonNullValue): number | undefined => {
  const text = typeof value === 'number' ? undefined : decimalText(value);
  const number = typeof value === 'number' ? value : text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
};

/** A day that exists. `zero`: `0000-00-00` is a value too (MySQL). */
export const dateText = (value: NonNullValue, zero = false): string | undefined => {
  if (typeof value !== 'string') return undefined;
  if (zero && value === '0000-00-00') return value;
  const [, year = '', month = '', day = ''] = DATE.exec(value) ?? [];
  const days = MONTH_DAYS[Number(month) - 1] ?? 0;
  const leap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0);
  if (year === '' || year === '0000' || Number(day) < 1 || Number(day) > days) return undefined;
  return month === '02' && day === '29' && !leap ? undefined : value;
};

/** `YYYY-MM-DD HH:MM:SS[.f…]` with at most six digits; a bare date is its midnight. A text with a zone is none: the column has none. */
export const datetimeText = (value: NonNullValue, zero = false): string | undefined => {
  const parts = typeof value === 'string' ? datetimeParts(value, zero) : undefined;
  return parts === undefined || parts.zone !== undefined ? undefined : `${parts.date} ${parts.time}`;
};

/** The same moment in UTC, without a zone. A text without one is read as UTC. */
export const instantText = (value: NonNullValue, zero = false): string | undefined => {
  const parts = typeof value === 'string' ? datetimeParts(value, zero) : undefined;
  if (parts === undefined) return undefined;
  const { date, time, zone = 'Z' } = parts;
  if (zone === 'Z' || date === '0000-00-00') return `${date} ${time}`;
  const [, hours = '', minutes = '00'] = /^[+-](\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (zone.startsWith('-') ? -1 : 1);
  const moment = new Date(Date.parse(`${date}T${time.slice(0, 8)}Z`) - offset * 60_000);
  const utc = Number.isNaN(moment.getTime()) ? '' : moment.toISOString();
  return /^\d{4}-/.test(utc) ? `${utc.slice(0, 10)} ${utc.slice(11, 19)}${time.slice(8)}` : undefined;
};

const datetimeParts = (value: string, zero: boolean) => {
  const match = DATETIME.exec(value);
  if (match === null) return undefined;
  const [, day = '', hours = '00', minutes = '00', seconds = '00', fraction = '', zone] = match;
  const date = dateText(day, zero);
  const digits = fraction.replace(/0+$/, '');
  if (date === undefined || digits.length > 6) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return { date, time: `${hours}:${minutes}:${seconds}${digits === '' ? '' : `.${digits}`}`, zone };
};

/** Text as it is; a number as its digits. No database text holds NUL or half a surrogate pair. */
export const plainText = (value: NonNullValue): string | undefined => {
  const text = String(value);
  return text.includes('\0') || !text.isWellFormed() ? undefined : text;
};
