/** How long a server that limits requests is left alone, by what it says of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendError, limitedForMs, readRetryAfter } from '../src/plugin-errors.ts';

const NOW = Date.UTC(2030, 0, 1, 10);
const HOUR_MS = 3_600_000;
const TEN = 'Tue, 01 Jan 2030 10:00:00 GMT';
const headersOf = (said: string | readonly string[] | undefined, date?: string) => ({
  ...(said !== undefined && { 'retry-after': said }),
  ...(date !== undefined && { date }),
});

/** Said, what it is in milliseconds, and how long a 429 and a 503 that say so are waited for. */
const CASES: readonly (readonly [string | undefined, number | undefined, number, number | undefined])[] = [
  ['30', 30_000, 30_000, 30_000],
  [' 30 ', 30_000, 30_000, 30_000],
  ['0', 0, 1_000, undefined],
  ['3600', HOUR_MS, HOUR_MS, HOUR_MS],
  ['3601', HOUR_MS, HOUR_MS, HOUR_MS],
  ['9'.repeat(400), HOUR_MS, HOUR_MS, HOUR_MS],
  ['Tue, 01 Jan 2030 10:00:20 GMT', 20_000, 20_000, 20_000],
  ['Tuesday, 01-Jan-30 10:00:20 GMT', 20_000, 20_000, 20_000],
  ['Tue, 01 Jan 2030 09:59:59 GMT', 0, 1_000, undefined],
  ['Fri, 01 Jan 2100 00:00:00 GMT', HOUR_MS, HOUR_MS, HOUR_MS],
  ['Tue, 99 Jan 2030 10:00:20 GMT', undefined, 10_000, undefined],
  ['-5', undefined, 10_000, undefined],
  ['1.5', undefined, 10_000, undefined],
  ['1e3', undefined, 10_000, undefined],
  ['in 5 minutes', undefined, 10_000, undefined],
  ['soon', undefined, 10_000, undefined],
  ['', undefined, 10_000, undefined],
  [undefined, undefined, 10_000, undefined],
];

test('seconds and dates are read, bounded, and nothing else is', () => {
  for (const [said, ms, limited, unavailable] of CASES) {
    const headers = headersOf(said);
    assert.equal(readRetryAfter(headers, NOW), ms, said);
    assert.equal(limitedForMs({ status: 429, headers }, NOW), limited, `429 ${said}`);
    assert.equal(limitedForMs({ status: 503, headers }, NOW), unavailable, `503 ${said}`);
    assert.equal(limitedForMs({ status: 500, headers }, NOW), undefined, `500 ${said}`);
  }
});

test('a header that came several times is none', () => {
  assert.equal(readRetryAfter(headersOf(['30', '40']), NOW), undefined);
});

test('a date is one of the server’s own clock, where it tells the time', () => {
  const later = 'Tue, 01 Jan 2030 10:00:20 GMT';
  assert.equal(readRetryAfter(headersOf(later, TEN), NOW + 5 * HOUR_MS), 20_000);
  for (const date of ['nonsense', '5']) assert.equal(readRetryAfter(headersOf(later, date), NOW), 20_000, date);
});

test('what a plugin says is bounded as well', () => {
  const waits = (retryAfterMs: number | undefined) =>
    new BackendError('unavailable', 'x', { retryAfterMs }).retryAfterMs;
  for (const [said, wait] of [[undefined, undefined], [Number.NaN, 10_000], [-5, 1_000], [1_000.5, 1_001], [Infinity, HOUR_MS]] as const) assert.equal(waits(said), wait); // biome-ignore format: a case a pair
});
