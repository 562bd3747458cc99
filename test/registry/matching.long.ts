/** 10,000 subscriptions and a change: matching takes milliseconds, not a query for each. Prints what it took. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { measureMatching } from '../../bench/async/measure-matching.ts';

it('a change meets 10,000 subscriptions in milliseconds', async (t) => {
  const { subscriptions, compileMs, refreshMs, medianMs, slowestMs, matches } = await measureMatching(10_000, 50);
  assert.equal(subscriptions, 10_000);
  t.diagnostic(`compiling ${subscriptions} subscriptions: ${compileMs.toFixed(0)} ms, once; looking whether they changed: ${refreshMs.toFixed(2)} ms`); // biome-ignore format: one look
  t.diagnostic(`matching one change: median ${medianMs.toFixed(3)} ms, slowest ${slowestMs.toFixed(2)} ms, ${matches.toFixed(1)} matches a change`); // biome-ignore format: one look
  assert.ok(matches > 1, 'something matches');
  assert.ok(medianMs < 10, `${medianMs} ms`);
});
