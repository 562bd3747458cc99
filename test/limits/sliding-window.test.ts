import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, emptyWindow, isOver, SLOTS, waitFor } from '../../src/limits/sliding-window.ts';
import fc from '../support/fast-check.ts';

const WINDOW_MS = 60_000;

interface Call {
  readonly pauseMs: number;
  readonly cost: number;
}

const CALLS: fc.Arbitrary<Call[]> = fc.array(
  fc.record({
    pauseMs: fc.oneof(fc.nat(20), fc.nat(2_000), fc.nat(70_000), fc.constantFrom(WINDOW_MS / SLOTS, WINDOW_MS)),
    cost: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 1, maxLength: 300 },
);

test('no span of a window’s length ever holds more than the points, and a wait is long enough', () => {
  fc.assert(
    fc.property(CALLS, fc.integer({ min: 9, max: 60 }), (calls, points) => {
      const window = emptyWindow(WINDOW_MS);
      const passed: { at: number; cost: number }[] = [];
      let now = 0;
      for (const { pauseMs, cost } of calls) {
        now += pauseMs;
        const wait = waitFor(window, points, cost, now);
        if (wait > 0) {
          assert.ok(wait <= WINDOW_MS * (1 + 1 / SLOTS), `${wait}`);
          assert.equal(waitFor(structuredClone(window), points, cost, now + wait), 0);
          continue;
        }
        add(window, cost, now);
        passed.push({ at: now, cost });
        const span = passed.filter(({ at }) => at > now - WINDOW_MS);
        assert.ok(span.reduce((sum, each) => sum + each.cost, 0) <= points);
        assert.ok(window.entries.length <= SLOTS + 1);
      }
      assert.equal(isOver(window, now + WINDOW_MS), true);
    }),
    { numRuns: 300 },
  );
});

const steady = (points: number, windowMs: number, everyMs: number, calls: number): number => {
  const window = emptyWindow(windowMs);
  let refused = 0;
  for (let call = 0; call < calls; call++) {
    const now = call * everyMs;
    if (waitFor(window, points, 1, now) === 0) add(window, 1, now);
    else refused++;
  }
  return refused;
};

test('a steady sender is never refused: at the limit of a minute, at 99 % of that of a day', () => {
  assert.equal(steady(60, 60_000, 1_000, 500), 0);
  assert.equal(steady(100, 60_000, 600, 1_000), 0);
  const dayMs = 86_400_000;
  assert.equal(steady(10_000, dayMs, dayMs / 9_900, 25_000), 0);
  assert.ok(steady(10_000, dayMs, dayMs / 11_000, 25_000) > 0);
});

test('what was charged beyond the points must come free before anything is taken', () => {
  const window = emptyWindow(WINDOW_MS);
  add(window, 25, 0);
  add(window, 5, 30_000);
  assert.equal(waitFor(window, 10, 1, 40_000), 20_000);
  assert.equal(waitFor(window, 10, 6, 40_000), 50_000);
  assert.equal(waitFor(window, 10, 5, 60_000), 0);
  assert.equal(waitFor(window, 10, 6, 60_000), 30_000);
});
