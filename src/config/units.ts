/** Durations and sizes as people write them: `10s`, `5m`, `1MB`. */

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const SIZE = /^(\d{1,9})(B|KB|MB|GB)$/;

const scaled = (text: string, pattern: RegExp, factors: Readonly<Record<string, number>>): number | undefined => {
  const [, digits, unit] = pattern.exec(text) ?? [];
  const factor = unit === undefined ? undefined : factors[unit];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
};

/** Milliseconds of `250ms`, `10s`, `5m`, `2h`, `30d`; undefined when it is none. */
export const parseDuration = (text: string): number | undefined => scaled(text, DURATION, MILLISECONDS);

/** Bytes of `500B`, `8KB`, `1MB`, `2GB` (1 KB is 1024 bytes); undefined when it is none. */
export const parseSize = (text: string): number | undefined => scaled(text, SIZE, BYTES);

const proved = (text: string, value: number | undefined): number => {
  if (value === undefined) throw new TypeError(`${text} was not checked against the schema`);
  return value;
};

/** Milliseconds of a duration that the schema has checked. */
export const milliseconds = (text: string): number => proved(text, parseDuration(text));

/** Whole seconds of a duration that the schema has checked. */
export const seconds = (text: string): number => Math.ceil(milliseconds(text) / 1000);

/** Bytes of a size that the schema has checked. */
export const bytes = (text: string): number => proved(text, parseSize(text));
