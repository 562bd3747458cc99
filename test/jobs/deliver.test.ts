/** Deliveries over real sockets, to receivers that behave as receivers do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDeliveries } from '../../src/registry/deliveries.ts';
import { judgeAnswer } from '../../src/registry/judge-answer.ts';
import { OUTBOX, type OutboxEntry, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { type DeliveryRig, deliveryRig, rigPartner } from '../support/delivery-rig.ts';
import { ACK, type Behaviour, ERR, type ReceivedCall, startReceiver } from '../support/receiver.ts';
import { rightsOf } from '../support/rights.ts';
import { until } from '../support/until.ts';

const QUICK = { retryMs: [60, 60, 60] };

/** The entry of a transaction, once it is in one of these states. */
const entryOf = async (
  { store }: DeliveryRig,
  transactionId: string,
  states: readonly OutboxEntry['state'][],
): Promise<OutboxEntry> => {
  const until = performance.now() + 5_000;
  for (;;) {
    const [transaction] = await store.documents.find(TRANSACTIONS, {
      ...{ index: 'byTransaction', equals: ['health', 'social', transactionId], limit: 1 },
    });
    const [entry] = await store.documents.find(OUTBOX, {
      ...{ index: 'byTransaction', equals: [transaction?._id ?? ''], limit: 1 },
    });
    if (entry !== undefined && states.includes(entry.state)) return entry;
    if (performance.now() > until) throw new Error(`the entry is ${entry?.state}, ${entry?.lastResult}`);
    await sleep(5);
  }
};

const SETTLED = ['delivered', 'dead'] as const;

/** Delivers one search to a receiver that answers so, one after the other. */
const deliveredTo = async (...behaviours: readonly Behaviour[]) => {
  await using receiver = await startReceiver(({ time }) => behaviours[time - 1] ?? ACK);
  const isSlow = behaviours.some((each) => each !== 'close' && each.afterMs !== undefined);
  const timeoutMs = isSlow ? 400 : 5_000; // a short one may end an answer that is not slow, where the machine is
  await using rig = await deliveryRig({ origins: [receiver.origin], schedule: QUICK, timeoutMs });
  const entry = await entryOf(rig, await rig.search(receiver.origin), SETTLED);
  const deliveries = createDeliveries({ ...{ documents: rig.store.documents, clock: Date.now }, partner: () => undefined, rightsVersion: () => '' }); // biome-ignore format: one look
  const { attempts = [] } = (await deliveries.show(entry._id)) ?? {};
  return { entry, calls: receiver.calls, attempts };
};

const contentOf = ({ body }: ReceivedCall): string => JSON.stringify([body.header, body.message]);

test('an idle callback leaves at once, to the path of its kind, signed, as JSON', async () => {
  await using receiver = await startReceiver();
  await using rig = await deliveryRig({ origins: [receiver.origin] });
  await rig.search(receiver.origin);
  await receiver.came(1);
  const started = performance.now();
  const transactionId = await rig.search(receiver.origin);
  const [, call] = await receiver.came(2);
  assert.ok(performance.now() - started < 500, `${performance.now() - started} ms`);
  assert.equal(call?.path, '/dci/on-search');
  assert.equal(call?.headers['content-type'], 'application/json');
  assert.equal(call?.headers['x-delivery-attempt'], '1');
  assert.match(call?.text ?? '', /^\{"signature": "Signature: namespace=/);
  assert.deepEqual(
    [call?.body.header.action, call?.body.header.receiver_id, call?.body.message.name],
    ['on-search', 'health.example', transactionId],
  );
});

test('what fails for a while is sent again with the same content, id and correlation, and its number', async () => {
  const { entry, calls } = await deliveredTo({ status: 500 }, { status: 503 });
  assert.equal(entry.state, 'delivered');
  assert.equal(entry.message, undefined, 'the body is dropped');
  assert.deepEqual(calls.map(({ headers }) => headers['x-delivery-attempt']), ['1', '2', '3']); // biome-ignore format: one look
  assert.equal(new Set(calls.map(contentOf)).size, 1);
});

test('a connection that is closed without an answer is tried again', async () => {
  const { entry, calls } = await deliveredTo('close', 'close', 'close');
  assert.equal(entry.state, 'delivered');
  assert.equal(calls.length, 4);
  assert.equal(new Set(calls.map(contentOf)).size, 1);
});

test('after the last pause it is a dead letter that keeps its content', async () => {
  const { entry, calls, attempts } = await deliveredTo(
    ...Array.from({ length: 9 }, (): Behaviour => ({ status: 500 })),
  );
  assert.deepEqual([entry.state, calls.length], ['dead', 4]);
  assert.notEqual(entry.message, undefined);
  assert.deepEqual(attempts.map(({ result, status }) => [result, status]), Array.from({ length: 4 }, () => ['retry', 500])); // biome-ignore format: one look
});

for (const status of [301, 400, 401, 404, 410]) {
  test(`${status} is final: nothing is sent again and no redirect is followed`, async () => {
    const { entry, calls } = await deliveredTo({ status, headers: { location: '/elsewhere' } });
    assert.deepEqual([entry.state, calls.length], ['dead', 1]);
  });
}

for (const status of [408, 425, 429, 500, 502]) {
  test(`${status} is tried again`, async () => {
    const { entry, calls } = await deliveredTo({ status });
    assert.deepEqual([entry.state, calls.length], ['delivered', 2]);
  });
}

test('Retry-After is waited for', async () => {
  const { entry, calls } = await deliveredTo({ status: 429, headers: { 'retry-after': '1' } });
  assert.equal(entry.state, 'delivered');
  assert.ok((calls[1]?.at ?? 0) - (calls[0]?.at ?? 0) >= 990);
});

test('a Retry-After beyond an hour is an hour, however large its number is', () => {
  const waits = (text: string) =>
    judgeAnswer({ status: 429, headers: { 'retry-after': text }, body: Buffer.alloc(0) }, true, Date.now())
      .retryAfterMs;
  assert.equal(waits('3599'), 3_599_000);
  for (const text of ['3601', '1795867008', '99999999999999999999']) assert.equal(waits(text), 3_600_000, text);
  for (const text of ['soon', '']) assert.equal(waits(text), undefined, text);
});

test('a 2xx that says ERR is tried again, but a duplicate of a later attempt was delivered before', async () => {
  const { entry, calls } = await deliveredTo(ERR);
  assert.deepEqual([entry.state, calls.length], ['delivered', 2]);
  const duplicate = '{"message":{"ack_status":"ERR","error":{"code":"rjct.message_id.duplicate"}}}';
  const again = await deliveredTo({ status: 500 }, { status: 200, body: duplicate }, { status: 410 });
  assert.deepEqual([again.entry.state, again.calls.length], ['delivered', 2]);
});

test('a receiver that takes too long is tried again', async () => {
  const { entry, calls } = await deliveredTo({ status: 200, afterMs: 1_500 });
  assert.deepEqual([entry.state, calls.length], ['delivered', 2]);
});

test('any 2xx is delivered, whatever it says and however much', async () => {
  for (const body of ['', 'thank you', 'x'.repeat(300_000)]) {
    const { entry, calls } = await deliveredTo({ status: 202, body }, { status: 410 });
    assert.deepEqual([entry.state, calls.length], ['delivered', 1]);
  }
});

test('a slow endpoint holds up nobody else', async () => {
  await using slow = await startReceiver(() => ({ status: 200, afterMs: 1_000 }));
  await using quick = await startReceiver();
  await using rig = await deliveryRig({ origins: [slow.origin, quick.origin], timeoutMs: 5_000 });
  for (let i = 0; i < 20; i++) await rig.search(slow.origin);
  await slow.came(2);
  const started = performance.now();
  for (let i = 0; i < 5; i++) await rig.search(quick.origin);
  await quick.came(5);
  assert.ok(performance.now() - started < 900, `${performance.now() - started} ms`);
});

test('one call that hangs holds up no other message to its endpoint, and none goes out twice meanwhile', async () => {
  let calls = 0;
  await using receiver = await startReceiver(() => (calls++ === 0 ? { status: 200, afterMs: 2_500 } : ACK));
  await using rig = await deliveryRig({ origins: [receiver.origin], timeoutMs: 5_000 });
  await rig.search(receiver.origin);
  await receiver.came(1);
  const started = performance.now();
  for (let i = 0; i < 12; i++) await rig.search(receiver.origin);
  await receiver.came(13);
  assert.ok(performance.now() - started < 1_500, `${performance.now() - started} ms`);
  await sleep(2_600);
  assert.equal(receiver.calls.length, 13);
});

test('one search that takes long holds up no other of its partner, and each is run once', async () => {
  await using receiver = await startReceiver();
  const run: string[] = [];
  await using rig = await deliveryRig({
    origins: [receiver.origin],
    searching: async (id) => {
      run.push(id);
      if (id === 'slow') await sleep(2_500);
    },
  });
  await rig.search(receiver.origin, { transactionId: 'slow' });
  await until(() => run.length === 1);
  const started = performance.now();
  for (let i = 0; i < 6; i++) await rig.search(receiver.origin, { transactionId: `quick-${i}` });
  await receiver.came(6);
  assert.ok(performance.now() - started < 1_500, `${performance.now() - started} ms`);
  await receiver.came(7);
  assert.deepEqual(run.toSorted(), ['quick-0', 'quick-1', 'quick-2', 'quick-3', 'quick-4', 'quick-5', 'slow']);
});

test('connections are used again', async () => {
  await using receiver = await startReceiver();
  await using rig = await deliveryRig({ origins: [receiver.origin] });
  for (let i = 0; i < 50; i++) await rig.search(receiver.origin);
  await receiver.came(50);
  assert.ok(receiver.connections() <= 4, `${receiver.connections()} connections`);
});

test('credentials and extra headers go to registered origins only', async () => {
  await using own = await startReceiver();
  await using other = await startReceiver();
  const callback = { rule: 'auto', any: true, bearer: 'abc', headers: { 'X-Api-Key': 'k' } } as const;
  await using rig = await deliveryRig({
    origins: [own.origin, other.origin],
    partner: { callbacks: [own.origin], callback },
  });
  await rig.search(own.origin);
  await rig.search(other.origin);
  const [[mine], [theirs]] = [await own.came(1), await other.came(1)];
  assert.deepEqual([mine?.headers.authorization, mine?.headers['x-api-key']], ['Bearer abc', 'k']);
  assert.deepEqual([theirs?.headers.authorization, theirs?.headers['x-api-key']], [undefined, undefined]);
});

test('nothing goes to an origin that is not registered', async () => {
  await using receiver = await startReceiver();
  await using rig = await deliveryRig({
    origins: [receiver.origin],
    partner: { callbacks: ['https://elsewhere.example'] },
  });
  await assert.rejects(rig.search(receiver.origin), { code: 'sender_uri.invalid' });
  assert.equal(receiver.calls.length, 0);
});

const CHANGES = {
  'the partner is switched off': { active: false },
  'its rights have changed': { registries: new Map([['social', rightsOf({ Person: { fields: ['name'] } })]]) },
  'its origin was taken away': { callbacks: [] },
} as const;

for (const [name, change] of Object.entries(CHANGES)) {
  test(`a message is held for the operator when ${name} between two attempts`, async () => {
    await using receiver = await startReceiver(() => ({ status: 500 }));
    await using rig = await deliveryRig({ origins: [receiver.origin], schedule: { retryMs: [300, 300] } });
    const transactionId = await rig.search(receiver.origin);
    await receiver.came(1);
    rig.partners.set('health', rigPartner([receiver.origin], change));
    const entry = await entryOf(rig, transactionId, ['held']);
    assert.equal(receiver.calls.length, 1);
    assert.notEqual(entry.message, undefined);
  });
}

test('a change of the partner that is none of its rights holds nothing up', async () => {
  await using receiver = await startReceiver(({ time }) => (time === 1 ? { status: 500 } : ACK));
  await using rig = await deliveryRig({ origins: [receiver.origin], schedule: { retryMs: [200] } });
  const transactionId = await rig.search(receiver.origin);
  await receiver.came(1);
  rig.partners.set('health', rigPartner([receiver.origin], { version: 7, name: 'Ministry of Health' }));
  await entryOf(rig, transactionId, ['delivered']);
});

test('no log line carries what a message says', async () => {
  await using receiver = await startReceiver(() => ({ status: 410, body: 'secret words' }));
  await using rig = await deliveryRig({ origins: [receiver.origin] });
  await entryOf(rig, await rig.search(receiver.origin, { transactionId: 'personal-1' }), ['dead']);
  assert.ok(rig.lines.some(({ message }) => message === 'message not delivered'));
  assert.ok(!JSON.stringify(rig.lines).includes('secret words') && !JSON.stringify(rig.lines).includes('personal-1'));
});
