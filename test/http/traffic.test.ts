import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTraffic } from '../../src/http/traffic.ts';

test('one request is alone, two that wait are not', async () => {
  const traffic = createTraffic();
  const end = traffic.begin();
  assert.equal(traffic.alone(), true);
  await nextTurn();
  assert.equal(traffic.alone(), true, 'however long it takes');
  const endOther = traffic.begin();
  assert.equal(traffic.alone(), false);
  await nextTurn();
  endOther();
  assert.equal(traffic.alone(), true, 'the other one was answered');
  end();
  assert.equal(traffic.alone(), false, 'nobody waits');
});

test('who is answered before the next one is looked at was not alone when they came together', async () => {
  const traffic = createTraffic();
  traffic.begin()();
  const end = traffic.begin();
  assert.equal(traffic.alone(), false, 'the second one of a turn');
  end();
  await nextTurn();
  const endFirst = traffic.begin();
  assert.equal(traffic.alone(), false, 'the first one after a turn of two');
  endFirst();
  await nextTurn();
  traffic.begin();
  assert.equal(traffic.alone(), true, 'after a turn of one');
});
