/** Audit entries that are written after their answers: on a store that works, fails, hangs and comes back. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createAuditEntry } from '../../src/registry/audit.ts';
import { createAuditQueue } from '../../src/registry/audit-queue.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { AUDIT } from '../../src/store/async-documents.ts';
import type { Documents } from '../../src/store/documents.ts';
import { StoreError } from '../../src/store/store.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';
import { recordedLog } from '../support/recorded-log.ts';

type Fate = 'do' | 'fail' | 'fail after' | 'hang';

/** A store whose writes meet `fate`, and a clock that only moves by `pass`. */
const rig = (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { documents } = exploredStore(createWorld(), atOnce);
  const { log, lines } = recordedLog();
  const state = {
    fate: 'do' as Fate,
    now: 0,
    groups: [] as number[],
    meanwhile: undefined as (() => void) | undefined,
  };
  const apply: Documents['apply'] = async (writes) => {
    state.groups.push(writes.length);
    state.meanwhile?.();
    if (state.fate === 'hang') return new Promise(() => undefined);
    if (state.fate === 'fail') throw new StoreError('no space');
    const outcomes = await documents.apply(writes);
    if (state.fate === 'fail after') throw new StoreError('no answer');
    return outcomes;
  };
  const queue = createAuditQueue({
    ...{ documents: { ...documents, apply }, entryOf: createAuditEntry(createKeyed(Buffer.alloc(32))) },
    ...{ clock: () => 5_000 + state.now, log },
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10) {
      state.now += 10;
      t.mock.timers.tick(10);
      await new Promise(setImmediate);
    }
  };
  return {
    ...{ queue, state, pass, lines },
    tell: (transaction: string, asked = 1) =>
      queue.add({
        ...{ partner: 'p', registry: 'r', action: 'search', outcome: 'succ', count: 1, transaction },
        identifiers: Array.from({ length: asked }, (_, n) => ({ type: 'UIN', value: `in clear ${n}` })),
      }),
    written: async () => {
      const entries = await documents.find(AUDIT, { index: 'byAge', equals: [], limit: 10_000 });
      return entries.map(({ transaction, at }) => `${transaction} ${at}`);
    },
  };
};

test('an entry is taken at once and written 20 ms later, with those that came meanwhile', async (t) => {
  const { tell, written, pass, state } = rig(t);
  tell('a');
  await pass(10);
  tell('b');
  assert.deepEqual(await written(), []);
  await pass(10);
  assert.deepEqual(await written(), ['a 5000', 'b 5010']); // as of when they were told
  assert.deepEqual(state.groups, [2]);
  await pass(1_000);
  assert.deepEqual(state.groups, [2]); // nothing is written where nothing waits
  tell('c');
  await pass(20);
  assert.equal((await written()).length, 3);
});

test('while entries cannot be written nothing is taken; what was is written once when the store is back', async (t) => {
  const { tell, written, pass, state } = rig(t);
  state.fate = 'fail';
  tell('a');
  await pass(20);
  assert.throws(() => tell('refused'), StoreError);
  await pass(5_000);
  assert.throws(() => tell('refused'), StoreError);
  assert.ok(state.groups.length > 10 && state.groups.length < 25, `${state.groups.length} tries in five seconds`);
  state.fate = 'fail after'; // it arrives, and nobody hears of it
  await pass(300);
  assert.throws(() => tell('refused'), StoreError);
  state.fate = 'do';
  await pass(300);
  tell('b');
  await pass(20);
  assert.deepEqual(await written(), ['a 5000', `b ${5_000 + state.now - 20}`]);
});

test('a store that hangs is told nothing more after a second', async (t) => {
  const { tell, pass, state } = rig(t);
  state.fate = 'hang';
  tell('a');
  await pass(20);
  tell('b');
  await pass(980);
  tell('c');
  await pass(20);
  assert.throws(() => tell('refused'), StoreError);
  assert.deepEqual(state.groups, [1]);
});

test('a process that is busy for a second while it writes takes its store for no slow one', async (t) => {
  const { tell, written, pass, state } = rig(t);
  state.meanwhile = () => {
    state.meanwhile = undefined;
    const until = performance.now() + 1_100;
    while (performance.now() < until);
    tell('b');
  };
  tell('a');
  await pass(60);
  assert.deepEqual(await written(), ['a 5000', 'b 5020']);
});

test('many are written in groups that are bounded', async (t) => {
  const { tell, written, pass, state } = rig(t);
  for (let n = 0; n < 1_100; n++) tell(`${n}`);
  await pass(60);
  assert.equal((await written()).length, 1_100);
  assert.deepEqual(state.groups, [500, 500, 100]);
  for (let n = 0; n < 6; n++) tell('large', 3_000); // of which a thousand are kept
  await pass(40);
  assert.deepEqual(state.groups.slice(3), [4, 2]);
});

test('only so many wait, whether they are many or large', async (t) => {
  for (const [most, asked] of [
    [25_000, 1],
    [50, 1_000],
  ] as const) {
    const { tell } = rig(t);
    for (let n = 0; n < most; n++) tell(`${n}`, asked);
    assert.throws(() => tell('refused'), StoreError);
    t.mock.timers.reset();
  }
});

test('what waits is written before the store is closed, and nothing is taken after', async (t) => {
  const { queue, tell, written } = rig(t);
  for (let n = 0; n < 600; n++) tell(`${n}`);
  const closing = queue.close();
  assert.throws(() => tell('refused'), StoreError);
  await closing;
  assert.equal((await written()).length, 600);
});

test('a close waits for the group that is being written', async (t) => {
  const { queue, tell, written, state } = rig(t);
  tell('a');
  t.mock.timers.tick(20);
  tell('b');
  await queue.close();
  assert.deepEqual((await written()).map((line) => line.slice(0, 1)).sort(), ['a', 'b']);
  assert.deepEqual(state.groups, [1, 1]);
});

test('a close that cannot write says what is lost', async (t) => {
  const { queue, tell, state } = rig(t);
  state.fate = 'fail';
  tell('a');
  await assert.rejects(queue.close(), { name: 'StoreError', message: 'audit entries that are lost: 1' });
});

test('a close waits ten seconds for a store that hangs, and says aloud what is lost', async (t) => {
  for (const begun of [true, false]) {
    const { queue, tell, pass, state, lines } = rig(t);
    state.fate = 'hang';
    tell('a');
    if (begun) await pass(20);
    let ended = false;
    const closing = assert.rejects(
      queue.close().finally(() => {
        ended = true;
      }),
      {
        name: 'StoreError',
        message: 'audit entries that are lost: 1',
      },
    );
    await pass(9_900);
    assert.equal(ended, false);
    await pass(200);
    await closing;
    const fields = { entries: 1, withinMs: 10_000 };
    assert.deepEqual(lines, [{ level: 'error', message: 'audit entries are lost: the store hangs', fields }]);
    t.mock.timers.reset();
  }
});
