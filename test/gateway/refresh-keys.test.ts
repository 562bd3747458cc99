import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { REFRESH_MS, startRefreshing } from '../../src/gateway/refresh-keys.ts';
import { recordedLog } from '../support/recorded-log.ts';

test('keys are read again and again, also after a failure, until the gateway closes', async () => {
  let reads = 0;
  const refresh = async (): Promise<void> => {
    reads += 1;
    if (reads === 2) throw new Error('the store is away');
  };
  const { log, lines } = recordedLog();
  const stop = startRefreshing({ refresh }, log, 10);
  for (let turn = 0; turn < 500 && reads < 4; turn++) await sleep(10);
  assert.ok(reads >= 4);
  await stop();
  const read = reads;
  await sleep(50);
  assert.equal(reads, read);
  assert.equal(lines.filter(({ message }) => message === 'keys cannot be read').length, 1);
});

test('they are read within the minute that a new key waits for every process', () => {
  assert.ok(REFRESH_MS <= 30_000);
});
