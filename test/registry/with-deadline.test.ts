import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallContext } from '../../src/plugin.ts';
import { withDeadline } from '../../src/registry/with-deadline.ts';
import { recordedLog } from '../support/recorded-log.ts';

const deadline = (withinMs: number, abort = new AbortController()) => ({
  withinMs,
  abort,
  requestId: 'r',
  log: recordedLog().log,
});

const never = (): Promise<never> => new Promise(() => undefined);

test('work that ends in time gives its answer, and its context says until when it may run', async () => {
  const answer = await withDeadline(deadline(1_000), async ({ deadline, requestId }: CallContext) => {
    assert.ok(deadline - performance.now() > 900 && deadline - performance.now() <= 1_000);
    return requestId;
  });
  assert.equal(answer, 'r');
});

test('work that ignores the signal is given up at the deadline, and the signal was given', async () => {
  let seen: AbortSignal | undefined;
  const work = withDeadline(deadline(20), ({ signal }) => {
    seen = signal;
    return never();
  });
  await assert.rejects(work, { name: 'BackendError', kind: 'timeout' });
  assert.equal(seen?.aborted, true);
});

test('work nobody waits for any more is told by its signal', async () => {
  const abort = new AbortController();
  const work = withDeadline(
    deadline(10_000, abort),
    ({ signal }) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new TypeError('stopped')))),
  );
  abort.abort();
  await assert.rejects(work, { message: 'stopped' });
});

test('what the work rejects with is passed on', async () => {
  await assert.rejects(
    withDeadline(deadline(1_000), () => Promise.reject(new TypeError('x'))),
    TypeError,
  );
});
