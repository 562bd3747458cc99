import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areasBelow } from '../../src/mapping/areas.ts';

const area = (id: string, parent?: string) => ({ id, name: id, type: undefined, parent });

test('an area holds all areas below it, however deep', () => {
  const below = areasBelow([area('c'), area('r', 'c'), area('d', 'r'), area('d2', 'r'), area('x')]);
  assert.deepEqual(below('r'), ['r', 'd', 'd2']);
  assert.deepEqual(below('unknown'), ['unknown']);
});

test('a circle of areas ends', () => {
  assert.deepEqual(areasBelow([area('a', 'b'), area('b', 'a')])('a'), ['a', 'b']);
});
