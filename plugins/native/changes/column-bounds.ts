/** Moments by the database's clock as the texts of a column, for comparing with it. */

import type { ColumnType } from 'dci-gateway/plugin';

/** Seconds since 1970 as `YYYY-MM-DD HH:MM:SS` of that zone. */
const localText = (seconds: number, zone: string): string => {
  if (zone === 'UTC') return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  });
  const part = Object.fromEntries(format.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
};

const secondsOf = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`) / 1000;

const asText = (local: number, type: ColumnType): string => {
  const text = localText(local, 'UTC');
  return type === 'date' ? text.slice(0, 10) : type === 'instant' ? `${text}Z` : text;
};

export interface Bounds {
  /** Not later than any time that a clock of the zone showed from then on. */
  readonly from: string;
  /** Not earlier than any that it showed until then. */
  readonly upTo: string;
}

/**
 * What clocks of the zone showed between two moments. When they are put back, an hour is told twice: the
 * lower bound is then as far back, and the upper bound as far on, as if they had not been.
 */
export const boundsBetween = (from: number, upTo: number, type: ColumnType, timezone: string): Bounds => {
  const zone = type === 'instant' ? 'UTC' : timezone;
  const [first, last] = [secondsOf(localText(from, zone)), secondsOf(localText(upTo, zone))];
  const took = upTo - from;
  return {
    from: asText(Math.min(first, last - took), type),
    upTo: asText(Math.max(last, first + took), type),
  };
};
