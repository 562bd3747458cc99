/** Timestamps as the field writes them: read leniently in form, refused when they are rubbish (PROTOCOL 2). */

const FORM = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

const LONGEST_TEXT = 40;

export interface Timestamp {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** False when the text named no zone: then it was read as UTC. */
  readonly zoned: boolean;
}

/**
 * Reads `2024-01-15T10:30:00Z`, with or without seconds, fraction (up to nine digits) and zone. Without a zone it is UTC.
 * Undefined for anything else, days and hours that do not exist included.
 */
export const parseTimestamp = (text: string): Timestamp | undefined => {
  const match = text.length <= LONGEST_TEXT ? FORM.exec(text) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone] = match;
  const days = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const date = new Date(days);
  if (Number(year) < 1 || date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day))
    return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const offset = zoneMinutes(zone);
  if (offset === undefined) return undefined;
  const clock = ((Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)) * 1000;
  return { at: days + clock + Math.floor(Number(`0${fraction}`) * 1000), zoned: zone !== undefined };
};

const zoneMinutes = (zone: string | undefined): number | undefined => {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
};

/** `2024-01-15T10:30:00Z`: what we write, without a fraction (PROTOCOL 2). */
export const formatTimestamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
