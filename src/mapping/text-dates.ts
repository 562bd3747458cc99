/** Dates kept as text: `dd/MM/yyyy`, `yyyyMMdd`, `yyyy-MM-dd HH:mm:ss`. Every part has its full width. */

import { isDay, localSeconds } from './calendar.ts';

export interface TextFormat {
  /** Characters of every date in this format. */
  readonly width: number;
  /** Year, month, day, hour, minute, second in this order: text then orders as time does. */
  readonly ordered: boolean;
  readonly hasTime: boolean;
  /** `YYYY-MM-DD HH:MM:SS`; undefined when the text is not of this format or no date that exists. */
  read(text: string): string | undefined;
  /** From `YYYY-MM-DD HH:MM:SS`. Undefined when the format cannot hold it (a time of day without time parts). */
  write(local: string): string | undefined;
}

const TOKEN = /yyyy|MM|dd|HH|mm|ss|[^A-Za-z]|[A-Za-z]/g;
const PARTS = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss'];
/** Where each part stands in `YYYY-MM-DD HH:MM:SS`. */
const PLACES: Readonly<Record<string, readonly [number, number]>> = {
  yyyy: [0, 4],
  MM: [5, 7],
  dd: [8, 10],
  HH: [11, 13],
  mm: [14, 16],
  ss: [17, 19],
};

/** Answers the format, or what is wrong with it. */
export const parseTextFormat = (format: string, type: 'date' | 'datetime'): TextFormat | string => {
  const tokens = readTokens(format);
  const found = tokens.filter((token) => PARTS.includes(token));
  if (tokens.some((token) => /^[A-Za-z]$/.test(token) && token !== 'T'))
    return 'has letters other than yyyy, MM, dd, HH, mm, ss and T';
  if (new Set(found).size !== found.length) return 'names a part twice';
  if (!['yyyy', 'MM', 'dd'].every((part) => found.includes(part))) return 'must name yyyy, MM and dd';
  const times = ['HH', 'mm', 'ss'].filter((part) => found.includes(part));
  if (times.join() !== ['HH', 'mm', 'ss'].slice(0, times.length).join())
    return 'must name HH before mm, and mm before ss';
  if (type === 'datetime' && times.length === 0) return 'must name HH for a datetime';
  const pattern = new RegExp(
    `^${tokens.map((token) => (PARTS.includes(token) ? `(?<${token}>\\d{${token.length}})` : literally(token))).join('')}$`,
  );
  return {
    width: tokens.reduce((sum, token) => sum + token.length, 0),
    ordered: found.join() === PARTS.slice(0, found.length).join(),
    hasTime: times.length > 0,
    read(text) {
      if (format === 'yyyy-MM-dd') return isDay(text) ? `${text} 00:00:00` : undefined; // what most columns hold
      const groups = pattern.exec(text)?.groups;
      if (groups === undefined) return undefined;
      const day = `${groups.yyyy}-${groups.MM}-${groups.dd}`;
      const local = `${day} ${groups.HH ?? '00'}:${groups.mm ?? '00'}:${groups.ss ?? '00'}`;
      return localSeconds(local) === undefined ? undefined : local;
    },
    write(local) {
      const text = tokens
        .map((token) => (PARTS.includes(token) ? local.slice(...(PLACES[token] ?? [0, 0])) : token))
        .join('');
      const kept = `${local.slice(0, 10)} ${['HH', 'mm', 'ss'].map((part) => (found.includes(part) ? local.slice(...(PLACES[part] ?? [0, 0])) : '00')).join(':')}`;
      return kept === local ? text : undefined;
    },
  };
};

/** `mm` before any HH is a month: dd/mm/yyyy is written so too. */
const readTokens = (format: string): readonly string[] => {
  const tokens = format.match(TOKEN) ?? [];
  return tokens.map((token, at) => (token === 'mm' && !tokens.slice(0, at).includes('HH') ? 'MM' : token));
};

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
