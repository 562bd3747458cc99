import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asyncConfig, call, searchMessage, statusMessage, subscribeMessage } from '../support/async-calls.ts';
import { type CallbackReceiver, startReceiver } from '../support/callback-receiver.ts';
import { type Client, verifyAnswer } from '../support/client.ts';
import { DEMO_PARTNER, type RunningGateway, startGateway } from '../support/gateway.ts';
import { ackProblems, callbackProblems, errorBodyProblems, statusAnswerProblems } from '../support/spec-check.ts';

let receiver: CallbackReceiver;
let gateway: RunningGateway;
let client: Client;

const LIMITED = {
  ...DEMO_PARTNER,
  client_id: 'limited',
  client_secret: 'another secret',
  sender_ids: ['limited.example.org'],
  registries: { social: { search: 'any', records: 'all', actions: ['search'] } },
};

before(async () => {
  receiver = await startReceiver(({ path }) => (path.startsWith('/gone/') ? 410 : 200));
  const config = asyncConfig(receiver.origin);
  gateway = await startGateway({ config: { ...config, partners: { ...config.partners, limited: LIMITED } } as never });
  client = gateway.client();
});

after(async () => {
  await gateway.close();
  await receiver[Symbol.asyncDispose]();
});

const assertAck = (answer: Awaited<ReturnType<typeof call>>, action: string, status = 'rcvd'): void => {
  assert.equal(answer.status, 202, answer.text);
  assert.deepEqual(ackProblems('social', answer.body), []);
  const { header, message } = answer.body;
  assert.equal(header.action, action);
  assert.equal(header.status, status);
  assert.equal(header.sender_id, 'gateway.example.org');
  assert.equal(header.receiver_id, 'external.system.org');
  assert.equal(message.ack_status, 'ACK');
};

const assertRefused = (answer: Awaited<ReturnType<typeof call>>, status: number, code: string): void => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.message.error.code, code);
  assert.deepEqual(errorBodyProblems('social', answer.body), []);
};

test('a search is acknowledged, and its signed callback arrives where sender_uri says', async () => {
  const transaction = randomUUID();
  const uri = `${receiver.origin}/somewhere/on-search`;
  const answer = await call(client, '/search', 'search', searchMessage(transaction), { sender_uri: uri });
  assertAck(answer, 'on-search');
  const { body, path, headers } = await receiver.next(({ body }) => body.message.transaction_id === transaction);
  assert.equal(path, '/somewhere/on-search');
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['x-delivery-attempt'], '1');
  assert.deepEqual(callbackProblems('social', '/on-search', body), []);
  assert.equal(body.header.action, 'on-search');
  assert.equal(body.header.status, 'succ');
  assert.equal(body.message.correlation_id, answer.body.message.correlation_id);
  assert.equal(body.message.search_response[0].data.reg_records[0].name.surname, 'Núñez Peña');
  const jwks = await client.send('/.well-known/jwks.json', {});
  assert.ok(verifyAnswer(body, jwks.body));
});

test('the same request again gets the same acknowledgement and no second callback', async () => {
  const transaction = randomUUID();
  const first = await call(client, '/search', 'search', searchMessage(transaction));
  const second = await call(client, '/search', 'search', searchMessage(transaction));
  assert.equal(first.body.header.message_id, second.body.header.message_id);
  assert.deepEqual(first.body.message, second.body.message);
  const mine = ({ body }: { body: typeof first.body }): boolean => body.message.transaction_id === transaction;
  await receiver.next(mine);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(receiver.received.filter(mine).length, 1);
});

test('subscribe, its callback, unsubscribe and its callback, and both once more', async () => {
  const transaction = randomUUID();
  const made = await call(client, '/subscribe', 'subscribe', subscribeMessage(transaction));
  assertAck(made, 'on-subscribe', 'succ');
  const { subscription_code: code, expires } = made.body.message;
  assert.match(code, /^SUB-/);
  assert.ok(Date.parse(expires) > Date.now());
  const confirmed = await receiver.next(({ body }) => body.message.transaction_id === transaction);
  assert.equal(confirmed.path, '/dci/on-subscribe');
  assert.deepEqual(callbackProblems('social', '/on-subscribe', confirmed.body), []);
  assert.match(JSON.stringify(confirmed.body.message), new RegExp(code));

  const ending = { transaction_id: randomUUID(), timestamp: '2026-01-15T10:30:00Z', subscription_codes: [code] };
  assertAck(await call(client, '/unsubscribe', 'unsubscribe', ending), 'on-unsubscribe');
  const ended = await receiver.next(({ body }) => body.message.transaction_id === ending.transaction_id);
  assert.deepEqual(callbackProblems('social', '/on-unsubscribe', ended.body), []);
  assert.equal(ended.body.header.status, 'succ');

  const again = { ...ending, transaction_id: randomUUID() };
  assertAck(await call(client, '/unsubscribe', 'unsubscribe', again), 'on-unsubscribe');
  const refused = await receiver.next(({ body }) => body.message.transaction_id === again.transaction_id);
  assert.match(refused.text, /rjct\.event\.already_unsubscribed/);
});

test('status tells how far a request is, at once and by callback; what is unknown is one refused item', async () => {
  const transaction = randomUUID();
  await call(client, '/search', 'search', searchMessage(transaction));
  await receiver.next(({ body }) => body.message.transaction_id === transaction);
  const asked = statusMessage('transaction_id', transaction);
  const answer = await call(client, '/sync/txn/status', 'txn-status', asked);
  assert.equal(answer.status, 200);
  assert.deepEqual(statusAnswerProblems('social', answer.body), []);
  assert.equal(answer.body.header.action, 'txn-on-status');
  assert.match(answer.text, /search done/);

  const later = statusMessage('transaction_id', transaction);
  assertAck(await call(client, '/txn/status', 'txn_status', later), 'txn-on-status');
  const told = await receiver.next(({ body }) => body.message.transaction_id === later.transaction_id);
  assert.equal(told.path, '/dci/txn/on-status');
  assert.deepEqual(callbackProblems('social', '/txn/on-status', told.body), []);

  const unknown = await call(client, '/sync/txn/status', 'txn-status', statusMessage('correlation_id', 'nobody knows'));
  assert.equal(unknown.status, 200);
  assert.match(unknown.text, /rjct\.reference_id\.invalid/);
});

test('what is wrong with a request is refused at once: action, schema, sender_uri, rights, token scope', async () => {
  assertRefused(await call(client, '/search', 'subscribe', searchMessage()), 400, 'err.request.bad');
  assertRefused(await call(client, '/search', 'search', { transaction_id: 't' }), 400, 'err.request.bad');
  assertRefused(await call(client, '/subscribe', 'subscribe', { transaction_id: 't' }), 400, 'err.request.bad');
  assertRefused(await call(client, '/unsubscribe', 'unsubscribe', { transaction_id: 't' }), 400, 'err.request.bad');
  assertRefused(await call(client, '/txn/status', 'txn-status', { transaction_id: 't' }), 400, 'err.request.bad');
  for (const uri of ['https://elsewhere.example.org/cb', `${receiver.origin}/cb#part`, 'ftp://x/', 'no url']) {
    const refused = await call(client, '/search', 'search', searchMessage(), { sender_uri: uri });
    assertRefused(refused, 400, 'err.sender_uri.invalid');
  }
  const limited = gateway.client({ clientId: 'limited', clientSecret: 'another secret' });
  const header = { sender_id: 'limited.example.org' };
  for (const [path, action, message] of [
    ['/subscribe', 'subscribe', subscribeMessage()],
    ['/sync/txn/status', 'txn-status', statusMessage('transaction_id', 't')],
    ['/on-search', 'on-search', {}],
  ] as const) {
    assertRefused(await call(limited, path, action, message, header), 403, 'err.request.forbidden');
  }
  const { body } = await client.send('/oauth2/client/token', {
    method: 'POST',
    body: new URLSearchParams({
      ...{ grant_type: 'client_credentials', client_id: 'external_system', client_secret: 'secret123' },
      scope: 'registry.search',
    }),
  });
  const refused = await call(client, '/subscribe', 'subscribe', subscribeMessage(), {}, body.access_token);
  assertRefused(refused, 403, 'err.request.forbidden');
  assert.equal((await call(client, '/search', 'search', searchMessage(), {}, body.access_token)).status, 202);
});

test('a partner without a callback address is served, and reads the result by status', async () => {
  const other = gateway.client({ clientId: 'integrating_server' }); // its rights are the default ones
  const header = { sender_id: 'https://integrating-server.com' };
  const transaction = randomUUID();
  const accepted = await call(other, '/search', 'search', searchMessage(transaction), header);
  assert.equal(accepted.status, 202, accepted.text);
  const status = statusMessage('transaction_id', transaction);
  for (const until = performance.now() + 5_000; ; ) {
    const { status: code, text } = await call(other, '/sync/txn/status', 'txn-status', status, header);
    assert.equal(code, 200, text);
    if (text.includes('12345678')) break;
    assert.ok(performance.now() < until, text);
  }
});

test('a subscription goes on from the moment that its acknowledgement names as its end', async () => {
  const subscribed = async (criteria: object) => {
    const message = subscribeMessage(randomUUID(), { reg_event_type: 'REGISTER', ...criteria });
    const ack = await call(client, '/subscribe', 'subscribe', message);
    const { body } = await receiver.next(({ body: { message: told } }) => told.transaction_id === message.transaction_id); // biome-ignore format: one look
    return { end: ack.body.message.expires as string, item: body.message.subscribe_response[0] };
  };
  const first = await subscribed({});
  assert.equal(first.item.subscriptions[0].expires, first.end);
  const frequency = { start_time: first.end };
  const next = await subscribed({ frequency });
  assert.equal(next.item.status, 'succ', JSON.stringify(next.item));
  const again = await subscribed({ frequency });
  assert.equal(again.item.status_reason_code, 'rjct.event.already_subscribed');
});

test('status says that an unsubscribe request was refused, after its callback as well', async () => {
  const message = { transaction_id: randomUUID(), timestamp: '2026-01-15T10:30:00Z', subscription_codes: ['SUB-none'] };
  await call(client, '/unsubscribe', 'unsubscribe', message);
  await receiver.next(({ body }) => body.message.transaction_id === message.transaction_id);
  for (const until = performance.now() + 5_000; ; ) {
    const asked = statusMessage('transaction_id', message.transaction_id, randomUUID(), 'unsubscribe');
    const { body, text } = await call(client, '/sync/txn/status', 'txn-status', asked);
    assert.deepEqual(statusAnswerProblems('social', body), []);
    assert.equal(body.message.txnstatus_response.txn_status.status, 'rjct', text);
    assert.equal(body.header.status, 'rjct', text);
    if (text.includes('callback delivered')) break;
    assert.ok(performance.now() < until, text);
  }
});

test('a reference is found however often it was asked for', async () => {
  const reference_id = randomUUID();
  const search = searchMessage();
  for (const item of search.search_request) item.reference_id = reference_id;
  await call(client, '/search', 'search', search);
  await receiver.next(({ body }) => body.message.transaction_id === search.transaction_id);
  const question = () => {
    const message = statusMessage('reference_id_list', [reference_id]);
    return { ...message, txnstatus_request: { ...message.txnstatus_request, reference_id } };
  };
  for (let times = 0; times < 51; times++)
    assert.equal((await call(client, '/txn/status', 'txn-status', question())).status, 202);
  const { body, text } = await call(client, '/sync/txn/status', 'txn-status', question());
  const [item] = body.message.txnstatus_response.txn_status.search_response;
  assert.deepEqual([item.reference_id, item.status], [reference_id, 'succ'], text);
});

test('receivers take what comes: without sender, count or message, from anybody’s transaction, in any spelling', async () => {
  for (const [path, action, message, answered] of [
    [
      '/on-search',
      'on-search',
      { transaction_id: 7, search_response: [{ reference_id: 'a', status: 'succ' }] },
      'on-search',
    ],
    ['/on-subscribe', 'on_subscribe', {}, 'on-subscribe'],
    ['/on-unsubscribe', 'ON-UNSUBSCRIBE', { subscription_status: 3 }, 'on-unsubscribe'],
    ['/txn/on-status', 'txn-on-status', {}, 'txn-on-status'],
    ['/txn/on-status', 'on-status', {}, 'txn-on-status'],
    ['/notify', 'notify', { notify_event: [{ reference_id: 'n' }] }, 'on-notify'],
    ['/on-notify', 'notify', undefined, 'on-notify'],
    ['/receipts', 'notify', undefined, 'on-receipt'],
    ['/receipt', 'receipt', { transaction_id: 'nobody’s' }, 'on-receipt'],
  ] as const) {
    const header = { sender_id: undefined, total_count: undefined };
    const answer = await call(client, path, action, message, header);
    assert.equal(answer.status, 202, `${path} ${answer.text}`);
    assert.equal(answer.body.header.action, answered);
    assert.equal(answer.body.header.receiver_id, 'external.system.org');
    assert.deepEqual(ackProblems('social', answer.body), []);
  }
  assert.equal((await call(client, '/sync/notify', 'notify', {})).status, 200);
  assertRefused(await call(client, '/on-search', 'search', {}), 400, 'err.request.bad');
  const foreign = await call(client, '/on-search', 'on-search', {}, { sender_id: 'limited.example.org' });
  assertRefused(foreign, 403, 'err.request.forbidden');
  // What calls us names itself: only receivers fill in a sender.
  assertRefused(await call(client, '/search', 'search', searchMessage(), { sender_id: undefined }), 400, 'err.sender_id.invalid'); // biome-ignore format: one look
});

test('metrics name each operation by itself', async () => {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  for (const action of [
    'async-search',
    'subscribe',
    'unsubscribe',
    'async-status',
    'status',
    'on-search',
    'notify',
    'receipt',
  ]) {
    assert.match(
      text,
      new RegExp(`dci_requests_total\\{partner="external-system",registry="social",action="${action}"`),
    );
  }
});

test('pushed events need the registry’s secret, hold keys only, and a registry without a secret takes none', async () => {
  const push = (body: unknown, authorization?: string, id = 'social') =>
    fetch(`${gateway.adminUrl}/registries/${id}/changes`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...(authorization && { Authorization: authorization }) },
    });
  const changes = { changes: [{ record_type: 'Person', key: 'P000001' }] };
  assert.equal((await push(changes)).status, 401);
  assert.equal((await push(changes, 'Bearer a-secret-that-this-registry-does-not-have')).status, 401);
  assert.equal((await push(changes, 'Bearer x', 'nowhere')).status, 404);
  assert.equal((await fetch(`${gateway.url}/registries/social/changes`, { method: 'POST' })).status, 404);
});

test('metrics count the messages that somebody may have to look after', async () => {
  const uri = `${receiver.origin}/gone/on-search`;
  assertAck(await call(client, '/search', 'search', searchMessage(), { sender_uri: uri }), 'on-search');
  for (const until = performance.now() + 5_000; ; ) {
    const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    if (text.includes('dci_messages{state="dead"} 1\n')) break;
    assert.ok(performance.now() < until, text.match(/^dci_messages.*$/gm)?.join('\n'));
  }
});
