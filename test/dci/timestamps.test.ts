import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTimestamp, parseTimestamp } from '../../src/dci/timestamps.ts';

const at = (text: string): number | undefined => parseTimestamp(text)?.at;

test('a timestamp is read with any zone, with a fraction, and without seconds', () => {
  const noon = Date.UTC(2024, 0, 15, 10, 30);
  for (const text of [
    '2024-01-15T10:30:00Z',
    '2024-01-15T10:30Z',
    '2024-01-15T06:30:00-04:00',
    '2024-01-15T16:00:00+0530',
    '2024-01-15 10:30:00.000000+00',
    '2024-01-15t10:30:00z',
  ]) {
    assert.equal(at(text), noon, text);
  }
  assert.equal(at('2024-01-15T10:30:00.123456Z'), noon + 123);
});

test('a timestamp without a zone is UTC and says that it had none', () => {
  assert.deepEqual(parseTimestamp('2024-01-15T10:30:00'), { at: Date.UTC(2024, 0, 15, 10, 30), zoned: false });
  assert.equal(parseTimestamp('2024-01-15T10:30:00Z')?.zoned, true);
});

test('days and hours that do not exist, and rubbish, are no timestamps', () => {
  for (const text of [
    '',
    'now',
    '2024-01-15',
    '1705314600',
    '2023-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-15T24:00:00Z',
    '2024-01-15T10:61:00Z',
    '2024-01-15T10:30:00+25:00',
    '0000-01-01T00:00:00Z',
    '2024-01-15T10:30:00Z; DROP TABLE',
    `2024-01-15T10:30:00.${'1'.repeat(100)}Z`,
  ]) {
    assert.equal(parseTimestamp(text), undefined, text);
  }
});

test('what we write has no fraction', () => {
  assert.equal(formatTimestamp(Date.UTC(2024, 0, 15, 10, 30, 0, 999)), '2024-01-15T10:30:00Z');
});
