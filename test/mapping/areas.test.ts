import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areasBelow } from '../../src/mapping/areas.ts';

const area = (id: string, parent?: string) => ({ id, name: id, type: undefined, parent });

test('an area holds all areas below it, however deep', () => {
  const below = areasBelow([area('c'), area('r', 'c'), area('d', 'r'), area('d2', 'r'), area('x')]);
  assert.deepEqual(below('r'), ['r', 'd', 'd2']);
  assert.deepEqual(below('unknown'), ['unknown']);
});

test('a country with more areas than can be asked for costs no more than those that can', () => {
  const villages = Array.from({ length: 100_000 }, (_, at) =>
    area(`v${at}`, at < 10 ? 'c' : `v${Math.floor(at / 10)}`),
  );
  const below = areasBelow([area('c'), ...villages]);
  const started = performance.now();
  for (let time = 0; time < 50; time += 1) {
    const found = below('c').length;
    assert.ok(found > 5_000 && found < 6_000, `${found}`); // more than a search takes, which refuses it
  }
  assert.ok(performance.now() - started < 1_000, `${performance.now() - started} ms`);
});

test('a circle of areas ends', () => {
  assert.deepEqual(areasBelow([area('a', 'b'), area('b', 'a')])('a'), ['a', 'b']);
});
