/** When a digest goes out: cron expressions of 5, 6 and 7 fields, and `daily` (PROTOCOL 8). */

import { Cron } from 'croner';

/** Times of one subscription, in milliseconds since 1970. */
export interface Frequency {
  /** The first time behind this one; undefined when there is none. */
  nextAfter(at: number): number | undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  daily: '0 0 * * *',
  hourly: '0 * * * *',
  weekly: '0 0 * * 0',
  monthly: '0 0 1 * *',
};

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
  const cron = parse(expression, timezone, quartz);
  return cron && { nextAfter: (at) => cron.nextRun(new Date(at))?.getTime() };
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
