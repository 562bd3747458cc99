/** When a digest goes out: cron expressions of 5, 6 and 7 fields, and `daily` (PROTOCOL 8). */

import { Cron } from 'croner';

/** Times of one subscription, in milliseconds since 1970. */
export interface Frequency {
  /** The first time behind this one; undefined when there is none within `LONGEST_WAIT_YEARS` of its years. */
  nextAfter(at: number): number | undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  daily: '0 0 * * *',
  hourly: '0 * * * *',
  weekly: '0 0 * * 0',
  monthly: '0 0 1 * *',
};

/**
 * Years of an expression that are looked through for its next time: leap days lie eight apart at most. The library looks
 * through four hundred of them, or through all that are named up to 9999: many seconds, in which nobody else is served.
 */
const LONGEST_WAIT_YEARS = 9;
const LAST_YEAR = 9_999;

/** How far apart the times of any expression with one second a minute are, at least. */
export const SHORTEST_MS = 60_000;

/**
 * Reads a frequency. Undefined: it is none, or it comes more often than once a minute.
 *
 * 5 fields begin with minutes, 6 with seconds, 7 end with years (Quartz, as the standard's example is). Where an
 * expression is Quartz's (7 fields, or a `?`), Sunday is day 1; elsewhere Sunday is 0 and 7.
 *
 * @param timezone of the times
 */
export const readFrequency = (text: string, timezone: string): Frequency | undefined => {
  const expression = WORDS[text.trim().toLowerCase()] ?? text.trim();
  const fields = expression.split(/\s+/);
  if (fields.length < 5 || fields.length > 7) return undefined;
  // One number: otherwise two times could lie seconds apart.
  if (fields.length > 5 && !/^[0-5]?\d$/.test(fields[0] ?? '')) return undefined;
  const quartz = fields.length === 7 || expression.includes('?');
  if (parse(expression, timezone, quartz) === undefined) return undefined;
  const beforeYears = fields.length === 5 ? ['0', ...fields] : fields.slice(0, 6);
  const comes = yearsOf(fields[6] ?? '*');
  return {
    nextAfter: (at) => {
      const years = firstYears(comes, new Date(at).getUTCFullYear());
      if (years.length === 0) return undefined;
      const within = parse([...beforeYears, years.join(',')].join(' '), timezone, quartz);
      return within?.nextRun(new Date(at))?.getTime();
    },
  };
};

/** From the year before on: there are zones in which it is not over yet. */
const firstYears = (comes: (year: number) => boolean, year: number): readonly number[] => {
  const found: number[] = [];
  for (let each = year - 1; each <= LAST_YEAR && found.length <= LONGEST_WAIT_YEARS; each++)
    if (comes(each)) found.push(each);
  return found;
};

/** The field of years of an expression that was parsed: all, one, a range, steps through these, and lists of them. */
const yearsOf = (field: string): ((year: number) => boolean) => {
  const parts = field.split(',').map((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [first = '', last = first] = /^[*?]$/.test(range) ? ['0', String(LAST_YEAR)] : range.split('-');
    return { first: Number(first), last: Number(last), step: Number(step) };
  });
  return (year) => parts.some(({ first, last, step }) => year >= first && year <= last && (year - first) % step === 0);
};

const parse = (expression: string, timezone: string, alternativeWeekdays: boolean): Cron | undefined => {
  try {
    return new Cron(expression, { paused: true, timezone, alternativeWeekdays });
  } catch (cause) {
    // What the library says of an expression: a TypeError or RangeError naming the part.
    if (cause instanceof TypeError || cause instanceof RangeError) return undefined;
    throw cause;
  }
};
