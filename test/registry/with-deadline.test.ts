import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallContext } from '../../src/plugin.ts';
import { withDeadline } from '../../src/registry/with-deadline.ts';
import { recordedLog } from '../support/recorded-log.ts';

const deadline = (withinMs: number, signal = new AbortController().signal) => ({
  withinMs,
  signal,
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

test('work nobody waits for any more is stopped', async () => {
  const caller = new AbortController();
  const work = withDeadline(deadline(10_000, caller.signal), never);
  caller.abort();
  await assert.rejects(work, { name: 'BackendError' });
  await assert.rejects(withDeadline(deadline(10_000, AbortSignal.abort()), never), { name: 'BackendError' });
});

test('what the work rejects with is passed on', async () => {
  await assert.rejects(
    withDeadline(deadline(1_000), () => Promise.reject(new TypeError('x'))),
    TypeError,
  );
});
