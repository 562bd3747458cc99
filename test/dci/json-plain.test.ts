import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../../src/dci/json-parse.ts';
import { toPlain } from '../../src/dci/json-plain.ts';

const plain = (text: string): unknown => toPlain(parseJson(text, { maxDepth: 32 }).root);

test('numbers that a double holds exactly become numbers, all others their text', () => {
  assert.deepEqual(
    plain('[45.0, 2.50, 0.1, 1E5, -0, 9007199254740991, 1e2, 100e-2]'),
    [45, 2.5, 0.1, 100000, -0, 9007199254740991, 100, 1],
  );
  assert.deepEqual(plain('[12345678901234567890, 9007199254740993, 0.10000000000000000001, 1e-7, 1e21]'), [
    '12345678901234567890',
    '9007199254740993',
    '0.10000000000000000001',
    1e-7,
    1e21,
  ]);
});

test('objects inherit nothing and __proto__ stays an ordinary member', () => {
  const value = plain('{"__proto__":{"admin":true},"a":[{"b":null}]}') as Record<string, unknown>;
  assert.equal(Object.getPrototypeOf(value), null);
  assert.deepEqual(Object.keys(value), ['__proto__', 'a']);
  assert.equal(JSON.stringify(value), '{"__proto__":{"admin":true},"a":[{"b":null}]}');
});
