import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createMemoryLimiter } from '../../src/limits/memory.ts';
import { limiterSuite } from '../contract/limiter.suite.ts';

limiterSuite('memory', async () => createMemoryLimiter());

test('callers who came once are forgotten when their window is over', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let now = 0;
  const limiter = createMemoryLimiter(() => now);
  const usedAfter = async (round: number): Promise<number> => {
    for (let caller = 0; caller < 10_000; caller++) {
      await limiter.take([{ key: `address:${round}:${caller}`, points: 600, windowSeconds: 60 }], 1);
    }
    now += 60_000;
    collect();
    return process.memoryUsage().heapUsed;
  };
  const first = await usedAfter(0);
  for (let round = 1; round < 5; round++) await usedAfter(round);
  const grown = (await usedAfter(5)) - first;
  assert.ok(grown < 2_000_000, `${grown} bytes more`);
});
