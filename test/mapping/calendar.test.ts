import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FIRST_SECOND,
  instantSeconds,
  isDay,
  LAST_SECOND,
  localSeconds,
  nextDay,
  secondsText,
} from '../../src/mapping/calendar.ts';
import fc from '../support/fast-check.ts';

test('seconds and text go both ways as Date has them, over ten thousand years', () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST_SECOND, max: LAST_SECOND }), (seconds) => {
      const iso = new Date(seconds * 1000).toISOString();
      assert.equal(secondsText(seconds), iso.slice(0, 19).replace('T', ' '));
      assert.equal(localSeconds(iso.slice(0, 19)), seconds);
      assert.equal(isDay(iso.slice(0, 10)), true);
      assert.equal(instantSeconds(iso)?.seconds, seconds);
    }),
    { numRuns: 5_000 },
  );
});

test('days that do not exist are none', () => {
  for (const bad of [
    '1999-02-29',
    '1900-02-29',
    '2000-13-01',
    '2000-00-10',
    '2000-04-31',
    '0000-01-01',
    '0000-00-00',
    '2000-1-1',
    '',
  ]) {
    assert.equal(isDay(bad), false, bad);
  }
  assert.equal(isDay('2000-02-29'), true);
  assert.equal(localSeconds('2000-01-01 24:00:00'), undefined);
});

test('the day after crosses months and years and ends with the calendar', () => {
  assert.deepEqual(['1999-12-31', '2000-02-28', '1900-02-28', '9999-12-31'].map(nextDay), [
    '2000-01-01',
    '2000-02-29',
    '1900-03-01',
    undefined,
  ]);
});

test('offsets in every spelling of the databases', () => {
  const wanted = { seconds: Date.parse('2022-05-05T00:00:00Z') / 1000, fraction: false };
  for (const text of [
    '2022-05-05T00:00:00Z',
    '2022-05-05 00:00:00+00',
    '2022-05-05 05:30:00+05:30',
    '2022-05-05 05:30:00+0530',
    '2022-05-04 21:00:00-03',
  ]) {
    assert.deepEqual(instantSeconds(text), wanted, text);
  }
  assert.equal(instantSeconds('2022-05-05 00:00:00.000001+00')?.fraction, true);
});
