import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createTurns } from '../../src/security/turns.ts';

it('turns run the work of one key in order and one at a time, failures included, and others beside it', async () => {
  const { run } = createTurns();
  const order: string[] = [];
  const work = (key: string, name: string, fails = false) =>
    run(key, async () => {
      order.push(`${name} begins`);
      await pause(5);
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([
    work('a', 'one'),
    work('a', 'two', true),
    work('a', 'three'),
    work('b', 'other'),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  assert.deepEqual(
    order.filter((line) => !line.startsWith('other')),
    ['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends'],
  );
  assert.ok(order.indexOf('other begins') < order.indexOf('one ends'));
  assert.equal(await work('a', 'later'), 'later');
});
