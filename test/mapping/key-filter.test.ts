/** Conditions on keys: consent of one person opens that person's record alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyFilter } from '../../src/mapping/key-filter.ts';

test('rows of an entity without a key cannot be told apart: none of them is let through', () => {
  assert.deepEqual(keyFilter([], [[]]), { kind: 'none' });
});

test('a key of which a part is missing matches nothing', () => {
  assert.deepEqual(keyFilter(['id'], [[null]]), { kind: 'none' });
  assert.deepEqual(keyFilter(['id', 'part'], [['1', null]]), { kind: 'none' });
  assert.deepEqual(keyFilter(['id'], []), { kind: 'none' });
});
