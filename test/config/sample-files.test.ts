import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeSample } from '../../config/sample/make/sample.ts';

const folder = new URL('../../config/sample/', import.meta.url);

test('the committed sample is what the script makes, byte by byte', () => {
  const made = makeSample();
  assert.deepEqual(
    [...made.keys()].toSorted(),
    readdirSync(folder)
      .filter((name) => name.endsWith('.csv'))
      .toSorted(),
  );
  for (const [name, text] of made) {
    assert.ok(readFileSync(new URL(name, folder), 'utf8') === text, `${name} differs: run npm run sample`);
  }
});

const rows = (name: string): readonly (readonly string[])[] =>
  (makeSample().get(name) ?? '')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

test('the sample has 1,000 persons in 250 households, each with one head and each person in one', () => {
  assert.equal(rows('persons.csv').length, 1000);
  assert.equal(rows('households.csv').length, 250);
  const current = rows('memberships.csv').filter((row) => row.at(-1) === '');
  assert.equal(new Set(current.map(([, , person]) => person)).size, 1000);
  assert.equal(current.length, 1000);
  assert.equal(current.filter(([, , , isHead]) => isHead === 'yes').length, 250);
  assert.ok(rows('memberships.csv').length > 1000, 'some have left a household');
});

test('no identifier is given twice', () => {
  const given = rows('identifiers.csv').map(([, , type, value]) => `${type} ${value}`);
  assert.equal(new Set(given).size, given.length);
  assert.ok(given.includes('NATIONAL_ID 12345678'));
});
