import ipaddr from 'ipaddr.js';
import { parseDuration, parseSize } from './units.ts';

const origin = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol) && new URL(text).origin === text;

/** Formats of our own, and how each is explained. */
export const FORMATS: Readonly<Record<string, { readonly ok: (text: string) => boolean; readonly fix: string }>> = {
  duration: { ok: (text) => parseDuration(text) !== undefined, fix: 'write a number with ms, s, m, h or d: 10s, 5m' },
  size: { ok: (text) => parseSize(text) !== undefined, fix: 'write a number with B, KB, MB or GB: 1MB' },
  cidr: { ok: (text) => ipaddr.isValidCIDR(text), fix: 'write a network such as 10.0.0.0/8 or fd00::/8' },
  origin: { ok: origin, fix: 'write scheme, host and port only: https://partner.example.org' },
  url: { ok: (text) => URL.canParse(text), fix: 'write a whole URL: https://partner.example.org/jwks.json' },
  mount: {
    ok: (text) => /^(\/[\w.~-]+)+$/.test(text),
    fix: 'write a path with a slash in front and none behind: /registry',
  },
  day: {
    ok: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
    fix: 'write a date: 2027-01-31',
  },
};
