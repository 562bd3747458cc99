import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runWithDeadline } from '../../../plugins/sql/run-with-deadline.ts';

test('a connection whose statement was to be stopped is not used again, though the statement came to its end', async () => {
  const released: boolean[] = [];
  const abort = new AbortController();
  const pool = {
    acquire: async () => 'connection',
    release: (_: string, broken: boolean) => void released.push(broken),
    cancel: async () => undefined, // it reaches the server later
    judge: (error: unknown) => ({ error: error as Error, broken: false }),
  };
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const context = { signal: abort.signal, deadline: performance.now() + 10_000, requestId: 'one', log };
  assert.equal(await runWithDeadline(pool, context, async () => 'rows'), 'rows');
  assert.deepEqual(released, [false]);
  const given = runWithDeadline(pool, context, async () => {
    abort.abort();
    return 'rows';
  });
  await assert.rejects(given, { kind: 'timeout' });
  await new Promise(setImmediate);
  assert.deepEqual(released, [false, true]);
});
