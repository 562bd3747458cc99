import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGathering } from '../../src/jobs/gather.ts';

/** Writes that end when told to, and when each began. */
const writes = () => {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const write = (n: number, failure?: Error) => (): Promise<void> => {
    begun.push(n);
    return new Promise((resolve, reject) => ends.push(() => (failure === undefined ? resolve() : reject(failure))));
  };
  const endAll = (): void => {
    for (const end of ends.splice(0)) end();
  };
  return { begun, write, endAll };
};

test('results wait for each other until their group is full', async () => {
  const { begun, write, endAll } = writes();
  const gathering = createGathering({ withinMs: 60_000, group: 3, most: 10 });
  gathering.add(write(1));
  gathering.add(write(2));
  assert.deepEqual(begun, []);
  gathering.add(write(3));
  assert.deepEqual(begun, [1, 2, 3]);
  endAll();
  await gathering.written();
});

test('a result that nobody joins is written after a while, the last ones at once, and one at once where none may wait', async () => {
  const { begun, write, endAll } = writes();
  const gathering = createGathering({ withinMs: 10, group: 3, most: 10 });
  gathering.add(write(1));
  await sleep(50);
  assert.deepEqual(begun, [1]);
  gathering.add(write(2));
  const all = gathering.written();
  assert.deepEqual(begun, [1, 2]);
  endAll();
  await all;
  const impatient = createGathering({ withinMs: 0, group: 3, most: 10 });
  impatient.add(write(3));
  assert.deepEqual(begun, [1, 2, 3]);
  endAll();
  await impatient.written();
});

test('work waits when too much is unwritten, and goes on when there is room', async () => {
  const { begun, write, endAll } = writes();
  const gathering = createGathering({ withinMs: 60_000, group: 100, most: 2 });
  gathering.add(write(1));
  await gathering.room();
  gathering.add(write(2));
  let passed = false;
  const third = gathering.room().then(() => {
    passed = true;
  });
  await sleep(5);
  assert.deepEqual([begun, passed], [[1, 2], false], 'what is gathered is written first');
  endAll();
  await third;
  await gathering.written();
});

test('a write that fails fails the whole after all have ended', async () => {
  const { write, endAll } = writes();
  const gathering = createGathering({ withinMs: 0, group: 1, most: 10 });
  gathering.add(write(1, new Error('the disk is full')));
  gathering.add(write(2));
  let over = false;
  const all = gathering.written().finally(() => {
    over = true;
  });
  assert.equal(over, false);
  endAll();
  await assert.rejects(all, /the disk is full/);
  assert.equal(gathering.failed, true);
});
