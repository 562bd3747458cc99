import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createBoundedCache } from '../../src/security/bounded-cache.ts';

it('a bounded cache drops what was used longest ago, and never grows beyond its capacity', () => {
  const cache = createBoundedCache<number>(3);
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ] as const)
    cache.set(key, value);
  assert.equal(cache.get('a'), 1);
  cache.set('d', 4);
  assert.equal(cache.get('b'), undefined);
  assert.deepEqual([cache.get('a'), cache.get('c'), cache.get('d')], [1, 3, 4]);
  for (let i = 0; i < 100; i++) cache.set(`k${i}`, i);
  assert.equal(cache.size, 3);
  cache.set('k99', 0);
  assert.deepEqual([cache.size, cache.get('k99')], [3, 0]);
  cache.delete('k99');
  assert.equal(cache.get('k99'), undefined);
});
