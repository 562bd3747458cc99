/** Days and seconds of the Gregorian calendar as text, `YYYY-MM-DD` and `YYYY-MM-DD HH:MM:SS`, years 0001 to 9999. */

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?)?$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:(Z)|([+-])(\d{2}):?(\d{2})?)?$/;

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAY = 86_400;

const dayExists = (year: number, month: number, day: number): boolean => {
  const leap = month === 2 && ((year % 4 === 0 && year % 100 !== 0) || year % 400 === 0);
  return year >= 1 && day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
};

/** Whether the text is a day that exists. */
export const isDay = (text: string): boolean => text.length === 10 && localSeconds(text) !== undefined;

/** The day after; undefined after 9999-12-31. */
export const nextDay = (day: string): string | undefined =>
  day >= '9999-12-31' ? undefined : secondsText((localSeconds(day) ?? 0) + DAY).slice(0, 10);

/** Seconds since 1970 of a local time read as if it were UTC; fractions are cut. Undefined when it is no time that exists. */
export const localSeconds = (text: string): number | undefined => {
  const match = LOCAL.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (!dayExists(year, month, day)) return undefined;
  const start = daysSince1970(year, month, day) * DAY;
  if (match[4] === undefined) return start;
  const [hours, minutes, seconds] = [Number(match[4]), Number(match[5]), Number(match[6])];
  return hours > 23 || minutes > 59 || seconds > 59 ? undefined : start + hours * 3600 + minutes * 60 + seconds;
};

/** Days from 1970-01-01, counted in eras of 400 years that begin in March (Date takes twenty times as long, and pages have thousands). */
const daysSince1970 = (year: number, month: number, day: number): number => {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
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

/** `YYYY-MM-DD HH:MM:SS` of so many whole seconds since 1970, in UTC. */
export const secondsText = (seconds: number): string => {
  const days = Math.floor(seconds / DAY);
  const rest = seconds - days * DAY;
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * month + 2) / 5) + 1;
  const calendarYear = year + era * 400 + (month < 10 ? 0 : 1);
  const time = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return `${String(calendarYear).padStart(4, '0')}-${two(month < 10 ? month + 3 : month - 9)}-${two(day)} ${time}`;
};

const two = (number: number): string => (number < 10 ? `0${number}` : String(number));

/** First and last second that the text forms can hold. */
export const FIRST_SECOND = Date.parse('0001-01-01T00:00:00Z') / 1000;
export const LAST_SECOND = Date.parse('9999-12-31T23:59:59Z') / 1000;
