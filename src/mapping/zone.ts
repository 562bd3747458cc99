/** A time zone between local time without an offset and seconds since 1970. Both directions rise steadily. */

import { secondsText } from './calendar.ts';

export interface Zone {
  readonly name: string;
  /** Seconds since 1970 of a local time (given in seconds as if it were UTC). Twice-told times are the first; skipped ones the moment of the jump. */
  toUtc(local: number): number;
  /** The local day at that moment. */
  dayAt(utc: number): string;
  /** The earliest local time (in seconds as if UTC) whose `toUtc` is not before this. */
  earliestLocal(utc: number): number;
}

const DAY = 86_400;
/** Since 1970 zones change their offset at quarters of an hour only. */
const QUARTER = 900;
const REMEMBERED = 5_000;

/** Throws `RangeError` for a zone that is unknown. */
export const createZone = (name: string): Zone => {
  const offsetAt = name === 'UTC' ? () => 0 : createOffsets(name);
  const toUtc = (local: number): number => {
    const [before, after] = [offsetAt(local - DAY), offsetAt(local + DAY)];
    if (before === after) return local - before;
    const [first, second] = [local - before, local - after];
    const fits = [...(offsetAt(first) === before ? [first] : []), ...(offsetAt(second) === after ? [second] : [])];
    return fits.length > 0
      ? Math.min(...fits)
      : smallest(local - DAY - after, local + DAY - after, (at) => offsetAt(at) === after);
  };
  return {
    name,
    toUtc,
    dayAt: (utc) => secondsText(utc + offsetAt(utc)).slice(0, 10),
    earliestLocal(utc) {
      const local = utc + offsetAt(utc);
      if (toUtc(local) >= utc && toUtc(local - 1) < utc) return local;
      return smallest(local - 2 * DAY, local + 2 * DAY, (at) => toUtc(at) >= utc);
    },
  };
};

/** Offsets are dear to find: each quarter of an hour is remembered since 1970, whole days that have one offset before. */
const createOffsets = (name: string): ((utc: number) => number) => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    era: 'short',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const remembered = new Map<number, number>();
  const compute = (utc: number): number => {
    const text = format.format(utc * 1000); // formatToParts takes three times as long
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (text.match(/\d+/g) ?? []).map(Number);
    const local = new Date(0);
    local.setUTCFullYear(text.includes('B') ? 1 - year : year, month - 1, day);
    local.setUTCHours(hour, minute, second);
    return local.getTime() / 1000 - utc;
  };
  const startOf = (utc: number): number => {
    let offset = remembered.get(utc);
    if (offset === undefined) {
      if (remembered.size >= REMEMBERED) remembered.clear();
      offset = compute(utc);
      remembered.set(utc, offset);
    }
    return offset;
  };
  return (utc) => {
    if (utc >= 0) return startOf(utc - (utc % QUARTER));
    const day = Math.floor(utc / DAY) * DAY;
    const offset = startOf(day);
    return offset === startOf(day + DAY) ? offset : compute(utc);
  };
};

/** The smallest whole number in the range for which the test, once true, stays true. */
const smallest = (from: number, to: number, test: (at: number) => boolean): number => {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};
