/** Dates and times as senders write them → the forms in which attributes compare. */

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const DATE_TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?$/;

const DAY_MS = 86_400_000;
/** "Without end" in many registries: there is no day after that has four digits of year. */
const LAST_DAY = '9999-12-31';
const LAST_INSTANT = '9999-12-31T23:59:59.999999999Z';

const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

/** Whether `YYYY-MM-DD` is a day that exists, of the years 1 to 9999. */
const isRealDate = (text: string): boolean => {
  const parts = DATE.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
};

export const daysIn = (year: number, month: number): number => {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
};

/** `YYYY-MM-DD`, year 1 to 9999. */
export const dateText = (year: number, month: number, day: number): string =>
  `${pad(year, 4)}-${pad(month)}-${pad(day)}`;

/**
 * A date, or the date written in a datetime: the calendar day that the sender wrote, not that day in another zone
 * (`1950-07-12T00:00:00+03:00` is a birth on the 12th). Undefined: not a date.
 */
export const readDate = (text: string): string | undefined => {
  const date = DATE_TIME.exec(text)?.[1] ?? text;
  return (date === text || readDateTime(text) !== undefined) && isRealDate(date) ? date : undefined;
};

/** A datetime in UTC, `YYYY-MM-DDTHH:MM:SS[.f]Z`; without a zone it is UTC. Undefined: not a datetime. */
export const readDateTime = (text: string): string | undefined => {
  const parts = DATE_TIME.exec(text);
  if (parts === null) return undefined;
  const [, date = '', hour = '', minute = '', second = '00', fraction = '', zone = 'Z'] = parts;
  const offset = offsetMinutes(zone);
  if (!isRealDate(date) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || offset === undefined) {
    return undefined;
  }
  const utc = new Date(Date.parse(`${date}T${hour}:${minute}:${second}Z`) - offset * 60_000);
  const year = utc.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  const digits = fraction.replace(/0+$/, '');
  return `${utc.toISOString().slice(0, 19)}${digits === '' ? '' : `.${digits}`}Z`;
};

const offsetMinutes = (zone: string): number | undefined => {
  if (zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
};

/** The first instant of a day and of the day after; after the last day of all it is the last instant. */
export const dayBounds = (date: string): { readonly from: string; readonly to: string } => {
  const start = Date.parse(`${date}T00:00:00Z`);
  const text = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
  return { from: text(start), to: date === LAST_DAY ? LAST_INSTANT : text(start + DAY_MS) };
};
