import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { asyncConfig, call, subscribeMessage } from '../support/async-calls.ts';
import { type Callback, startReceiver } from '../support/callback-receiver.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { ownSample, PUSH_SECRET } from '../support/own-sample.ts';
import { callbackProblems } from '../support/spec-check.ts';

const WITHIN_MS = 20_000;

const isNotify =
  (code: string, number: number) =>
  ({ body }: Callback): boolean =>
    body.header.action === 'notify' &&
    body.header.meta.subscription_code === code &&
    body.header.meta.sequence_number === number;

const push = (
  gateway: RunningGateway,
  body: unknown,
  { secret = PUSH_SECRET, headers = {} }: { readonly secret?: string; readonly headers?: object } = {},
): Promise<Response> =>
  fetch(`${gateway.adminUrl}/registries/social/changes`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${secret}`, ...headers },
  });

test('a change in the registry’s files is told to its subscriber, numbered; nobody is told after the end', async () => {
  using sample = ownSample();
  await using receiver = await startReceiver();
  const config = asyncConfig(receiver.origin, {}, { registries: { social: { file: sample.file } } });
  await using gateway = await startGateway({ config: config as never });
  const client = gateway.client();
  const subscribe = async (criteria: object): Promise<string> => {
    const transaction = randomUUID();
    const { body } = await call(client, '/subscribe', 'subscribe', subscribeMessage(transaction, criteria));
    const confirmed = await receiver.next((each) => each.body.message.transaction_id === transaction);
    assert.equal(confirmed.body.header.status, 'succ', confirmed.text);
    return body.message.subscription_code;
  };
  const everybody = await subscribe({});
  const somebody = await subscribe({ filter: { type: 'urn:gov:national-id', value: '12345678' } });
  // The feed begins with what changes from its first look on: a change before that is told nobody.
  let name = 'Íñigo';
  let first: Callback | undefined;
  for (let turn = 0; first === undefined && turn < 4; turn++) {
    await sleep(2_500);
    sample.change('persons.csv', `P000002,Núñez Peña,${name}`, `P000002,Núñez Peña,Ignacio${turn}`);
    name = `Ignacio${turn}`;
    first = await receiver.next(isNotify(everybody, 1), WITHIN_MS / 2).catch((cause: unknown) => {
      assert.ok(cause instanceof assert.AssertionError);
      return undefined;
    });
  }
  assert.ok(first);
  assert.equal(first.path, '/dci/notify');
  assert.deepEqual(callbackProblems('social', '/notify', first.body), []);
  const [event] = first.body.message.notify_event;
  assert.equal(event.data.reg_records.name.given_name, name);
  assert.equal(event.data.reg_record_type, 'Person');

  sample.change('persons.csv', 'P000001,Núñez Peña,María', 'P000001,Núñez Peña,Marina');
  const own = await receiver.next(isNotify(somebody, 1), WITHIN_MS);
  assert.equal(own.body.message.notify_event[0].data.reg_records.name.given_name, 'Marina');
  await receiver.next(isNotify(everybody, 2), WITHIN_MS);

  const ending = { transaction_id: randomUUID(), timestamp: '2026-01-15T10:30:00Z', subscription_codes: [everybody] };
  await call(client, '/unsubscribe', 'unsubscribe', ending);
  await receiver.next(({ body }) => body.message.transaction_id === ending.transaction_id);
  sample.change('persons.csv', 'P000001,Núñez Peña,Marina', 'P000001,Núñez Peña,Marcela');
  await receiver.next(isNotify(somebody, 2), WITHIN_MS);
  const told = receiver.received.filter(({ body }) => body.header.meta?.subscription_code === everybody);
  assert.ok(!told.some(({ text }) => text.includes('Marcela')));
});

test('a key that the registry pushes is read again, and what has changed is told', async () => {
  using sample = ownSample('pushed');
  await using receiver = await startReceiver();
  const config = asyncConfig(receiver.origin, {}, { registries: { social: { file: sample.file } } });
  await using gateway = await startGateway({ config: config as never });
  const { body } = await call(gateway.client(), '/subscribe', 'subscribe', subscribeMessage());
  const code = body.message.subscription_code;
  await receiver.next((each) => each.body.header.action === 'on-subscribe');
  const key = { changes: [{ record_type: 'Person', key: 'P000001' }] };
  assert.equal((await push(gateway, key)).status, 202); // what was never seen is new, and no update
  await sleep(1_000);
  sample.change('persons.csv', 'P000001,Núñez Peña,María', 'P000001,Núñez Peña,Marina');
  await sleep(4_000); // the copy is made again
  const pushed = await push(gateway, key);
  assert.equal(pushed.status, 202);
  assert.deepEqual(await pushed.json(), { accepted: 1 });
  const told = await receiver.next(isNotify(code, 1), WITHIN_MS);
  assert.equal(told.body.message.notify_event[0].data.reg_records.name.given_name, 'Marina');
});

test('an event of the domain that is pushed again with its Idempotency-Key is told once; another one is told', async () => {
  using sample = ownSample('pushed');
  sample.change('registry.yaml', '{ push: true,', '{ push: true, event: DEATH,');
  await using receiver = await startReceiver();
  const config = asyncConfig(receiver.origin, {}, { registries: { social: { file: sample.file } } });
  await using gateway = await startGateway({ config: config as never });
  const criteria = { reg_event_type: 'DEATH' };
  const { body } = await call(gateway.client(), '/subscribe', 'subscribe', subscribeMessage(randomUUID(), criteria));
  const code = body.message.subscription_code;
  const confirmed = await receiver.next((each) => each.body.header.action === 'on-subscribe');
  assert.equal(confirmed.body.header.status, 'succ', confirmed.text);
  const died = (key: string) => ({ changes: [{ record_type: 'Person', key, event: 'DEATH' }] });
  const named = (name: string) => ({ headers: { 'Idempotency-Key': name } });
  assert.equal((await push(gateway, died('P000001'), named('first'))).status, 202);
  await receiver.next(isNotify(code, 1), WITHIN_MS); // so the first is worked on, and gone, before it comes again
  assert.equal((await push(gateway, died('P000001'), named('first'))).status, 202);
  assert.equal((await push(gateway, died('P000002'), named('second'))).status, 202);
  const second = await receiver.next(isNotify(code, 2), WITHIN_MS);
  const [event] = second.body.message.notify_event;
  assert.match(JSON.stringify(event.data.reg_records), /Ignacio|Íñigo/);
  assert.equal((await push(gateway, died('P000001'), named('third'))).status, 202);
  await receiver.next(isNotify(code, 3), WITHIN_MS);
  const told = receiver.received.filter(({ body: each }) => each.header.action === 'notify');
  assert.equal(new Set(told.map(({ body: each }) => each.header.message_id)).size, 3);
});

test('pushed events: a wrong secret, what is no list of keys, and record types that are not pushed', async () => {
  using sample = ownSample('pushed');
  await using gateway = await startGateway({ config: { registries: { social: { file: sample.file } } } });
  const one = { record_type: 'Person', key: 'P000001' };
  assert.equal((await push(gateway, { changes: [one] }, { secret: 'wrong' })).status, 401);
  for (const body of [
    {},
    { changes: [] },
    { changes: 'Person' },
    { changes: [{ record_type: 'Person' }] },
    { changes: [{ key: '1' }] },
    { changes: [{ ...one, key: { a: 1 } }] },
    { changes: [{ ...one, record_type: 'Group' }] },
    { changes: Array.from({ length: 1_001 }, () => one) },
  ]) {
    const answer = await push(gateway, body);
    assert.equal(answer.status, 400, JSON.stringify(body).slice(0, 80));
  }
  assert.equal((await push(gateway, { changes: [one, { record_type: 'Person', key: 17 }] })).status, 202);
});
