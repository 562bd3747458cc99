import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fairTurns } from '../../src/registry/fair-turns.ts';

const work = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

test('between long pieces of work others have their turn, between short ones nobody waits', async () => {
  const turn = fairTurns();
  let others = 0;
  setImmediate(() => {
    others += 1;
  });
  assert.equal(turn(), undefined);
  work(10);
  await turn();
  assert.equal(others, 1);
  assert.equal(turn(), undefined, 'it begins anew');
});
