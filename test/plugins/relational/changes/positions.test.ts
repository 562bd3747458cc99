/** What a position in a feed is made of: ranges of numbers, hashes of rows, and what clocks showed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundsBetween } from '../../../../plugins/native/changes/column-bounds.ts';
import { rowHash, SeenRows } from '../../../../plugins/native/changes/seen-rows.ts';
import { eventOf, touchedBy } from '../../../../plugins/native/changes/touched.ts';
import { bounded, type Gap, gapsBetween, withoutFound } from '../../../../plugins/relational/changes/gaps.ts';
import fc from '../../../support/fast-check.ts';

const numbersIn = (gaps: readonly Gap[]): readonly number[] =>
  gaps.flatMap(([first, last]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => Number(first) + n),
  );

test('gaps hold exactly the numbers below the newest that were not found, whatever order they are found in', () => {
  const rounds = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 15 }), { maxLength: 6 });
  fc.assert(
    fc.property(rounds, (batches) => {
      const found = new Set<number>();
      let gaps: readonly Gap[] = [];
      let high = 0;
      for (const batch of batches) {
        const fresh = batch.filter((n) => n > high).sort((a, b) => a - b);
        const late = batch.filter((n) => n < high && !found.has(n)).sort((a, b) => a - b);
        gaps = [...withoutFound(gaps, late.map(BigInt)), ...gapsBetween(BigInt(high), fresh.map(BigInt), 0)];
        for (const n of [...fresh, ...late]) found.add(n);
        high = Math.max(high, ...fresh);
      }
      const expected = Array.from({ length: high }, (_, n) => n + 1).filter((n) => !found.has(n));
      assert.deepEqual(numbersIn(gaps), expected);
    }),
  );
});

test('too many gaps are joined where they lie closest, and none of their numbers is left out', () => {
  const numbers = Array.from({ length: 900 }, (_, n) => BigInt(n * 2 + (n > 450 ? 5_000 : 0) + 2));
  const gaps = gapsBetween(0n, numbers, 7);
  const { gaps: kept, joined } = bounded(gaps);
  assert.equal(joined, true);
  assert.ok(kept.length <= 200 && gaps.length === 900);
  const held = new Set(numbersIn(kept));
  assert.ok(numbersIn(gaps).every((n) => held.has(n)));
  assert.deepEqual(bounded(gaps.slice(0, 200)), { gaps: gaps.slice(0, 200), joined: false });
});

test('rows that were seen survive the cursor; beyond the bound the oldest are forgotten, and that is known', () => {
  const seen = new SeenRows();
  const hashes = Array.from({ length: 6_000 }, (_, n) => rowHash([n]));
  for (const hash of hashes.slice(0, 5_000)) seen.add(hash);
  assert.equal(seen.overflown, false);
  for (const hash of hashes.slice(5_000)) seen.add(hash);
  assert.equal(seen.overflown, true);
  const again = new SeenRows(seen.stored, seen.overflown);
  assert.deepEqual(
    hashes.map((hash) => again.has(hash)),
    hashes.map((_, n) => n >= 1_000),
  );
  assert.ok(seen.stored.length < 60_000);
});

const seconds = (text: string): number => Date.parse(text) / 1000;

test('bounds hold every time that clocks of the zone showed, when they are put forward and when they are put back', () => {
  const shown = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Berlin',
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  for (const change of ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z']) {
    for (let start = -5_400; start <= 5_400; start += 900) {
      const [from, upTo] = [seconds(change) + start, seconds(change) + start + 3_000];
      const bounds = boundsBetween(from, upTo, 'datetime', 'Europe/Berlin');
      for (let at = from; at <= upTo; at += 60) {
        const local = shown.format(at * 1000);
        assert.ok(bounds.from <= local && local <= bounds.upTo, `${local} in ${bounds.from} … ${bounds.upTo}`);
      }
    }
  }
});

test('bounds are the texts of the column: UTC with its zone for moments, the local day for days', () => {
  const [from, upTo] = [seconds('2026-11-22T22:30:00Z'), seconds('2026-11-22T22:31:00Z')];
  assert.deepEqual(boundsBetween(from, upTo, 'instant', 'Africa/Nairobi'), {
    from: '2026-11-22 22:30:00Z',
    upTo: '2026-11-22 22:31:00Z',
  });
  assert.deepEqual(boundsBetween(from, upTo, 'datetime', 'Africa/Nairobi'), {
    from: '2026-11-23 01:30:00',
    upTo: '2026-11-23 01:31:00',
  });
  assert.deepEqual(boundsBetween(from, upTo, 'date', 'Africa/Nairobi'), { from: '2026-11-23', upTo: '2026-11-23' });
});

test('a row touches by whole keys only, each once; an event needs all its columns to fit', () => {
  const source = {
    touches: { Person: { entity: 'person', columns: ['id'] }, Group: { entity: 'hh', columns: ['a', 'b'] } },
  };
  assert.deepEqual(touchedBy(source, { id: 1, a: 'x', b: null }, { id: 1, a: 'y', b: 2 }), {
    Person: [[1]],
    Group: [['y', 2]],
  });
  const event = { event: { name: 'DEATH', where: { dead: [true], by: ['1', null] } } };
  assert.equal(eventOf(event, { dead: 1, by: 1 }), 'DEATH');
  assert.equal(eventOf(event, { dead: 1, by: null }), 'DEATH');
  assert.equal(eventOf(event, { dead: false, by: null }), undefined);
});
