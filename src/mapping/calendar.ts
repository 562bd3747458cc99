/** Days and seconds of the Gregorian calendar as text, `YYYY-MM-DD` and `YYYY-MM-DD HH:MM:SS`, years 0001 to 9999. */

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const LOCAL = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?)?$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:(Z)|([+-])(\d{2}):?(\d{2})?)?$/;

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether the text is a day that exists. */
export const isDay = (text: string): boolean => {
  const match = DAY.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const leap = month === 2 && ((year % 4 === 0 && year % 100 !== 0) || year % 400 === 0);
  return year >= 1 && day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
};

/** The day after; undefined after 9999-12-31. */
export const nextDay = (day: string): string | undefined =>
  day >= '9999-12-31' ? undefined : secondsText(Date.parse(`${day}T00:00:00Z`) / 1000 + 86_400).slice(0, 10);

/** Seconds since 1970 of a local time read as if it were UTC; fractions are cut. Undefined when it is no time that exists. */
export const localSeconds = (text: string): number | undefined => {
  const match = LOCAL.exec(text);
  const day = match?.[1];
  if (match === null || day === undefined || !isDay(day)) return undefined;
  const [hours, minutes, seconds] = [Number(match[2] ?? 0), Number(match[3] ?? 0), Number(match[4] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return Date.parse(`${day}T00:00:00Z`) / 1000 + hours * 3600 + minutes * 60 + seconds;
};

/** Seconds since 1970 of a time with an offset (none: UTC), and whether it had a fraction beyond them. */
export const instantSeconds = (text: string): { readonly seconds: number; readonly fraction: boolean } | undefined => {
  const match = INSTANT.exec(text);
  if (match === null) return undefined;
  const local = localSeconds(`${match[1]} ${match[2]}`);
  if (local === undefined) return undefined;
  const offset = (Number(match[6] ?? 0) * 60 + Number(match[7] ?? 0)) * 60 * (match[5] === '-' ? -1 : 1);
  return { seconds: local - offset, fraction: /[1-9]/.test(match[3] ?? '') };
};

/** `YYYY-MM-DD HH:MM:SS` of so many seconds since 1970, in UTC. */
export const secondsText = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');

/** First and last second that the text forms can hold. */
export const FIRST_SECOND = Date.parse('0001-01-01T00:00:00Z') / 1000;
export const LAST_SECOND = Date.parse('9999-12-31T23:59:59Z') / 1000;
