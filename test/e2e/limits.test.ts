/** Limits on calls and on data, as a partner meets them. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, statusMessage } from '../support/async-calls.ts';
import { type Answer, type Client, makeSigningKey, searchItem } from '../support/client.ts';
import { DEMO_PARTNER, startGateway } from '../support/gateway.ts';
import { startRedis } from '../support/servers.ts';
import { switchableRegistry } from '../support/switchable-registry.ts';
import { startRelay } from '../support/tcp-relay.ts';

/** Several calls together: what hangs is asked once in half a second, for 100 ms. */
const AT_ONCE_MS = 1_500;
const REDIS_RESTS_MS = 600;

const redis = await startRedis();
after(() => redis?.[Symbol.asyncDispose]());

const one = (index: number) => ({ type: 'UIN', value: `P${index}` });
const TYPED = 'a-secret-somebody-typed';
const EVERYBODY = { 'name.surname': { $eq: 'Diallo' } };

const assertTooMany = (answer: Answer): void => {
  assert.equal(answer.status, 429, answer.text);
  assert.equal(answer.body.message.error.code, 'err.request.too_many_requests');
  assert.ok(Number(answer.headers.get('retry-after')) >= 1);
};

test('a partner over its minute is 429 with Retry-After, refused calls do not prolong it, others are served', async () => {
  using registry = switchableRegistry('up');
  const other = { ...DEMO_PARTNER, client_id: 'other', sender_ids: ['other.example.org'] };
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      partners: { 'external-system': { ...DEMO_PARTNER, limits: { per_minute: 3 } }, other },
    },
  });
  const client = gateway.client();
  for (let time = 0; time < 3; time++) assert.equal((await client.search(one(1))).status, 200);
  assertTooMany(await client.search(one(1)));
  assertTooMany(await client.search(one(1)));
  assert.equal((await gateway.client({ clientId: 'other', senderId: 'other.example.org' }).search(one(1))).status, 200);
});

test('an address over its minute is 429 before its token is looked at', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: { registries: registry.registries, limits: { address_per_minute: 5 } },
  });
  const client = gateway.client();
  const answers: Answer[] = [];
  for (let time = 0; time < 7; time++) {
    answers.push(
      await client.send('/registry/sync/search', {
        method: 'POST',
        body: '{}',
        headers: { Authorization: 'Bearer x' },
      }),
    );
  }
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401, 401, 401, 401, 429, 429],
  );
});

test('identifiers tried are counted by day, whether they were found or not', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: { registries: registry.registries, limits: { identifiers_per_day: 10 } },
  });
  const client = gateway.client();
  const nobody = Array.from({ length: 8 }, (_, index) => ({ type: 'UIN', value: `none${index}` }));
  assert.equal((await client.search(nobody)).status, 200);
  assertTooMany(await client.search(one(1), one(2), one(3)));
  assert.equal((await client.search(one(1), one(2))).status, 200);
  assertTooMany(await client.search(one(1)));
  // A question without identifiers is not one of them.
  assert.equal((await client.search(EVERYBODY)).status, 200);
});

test('records returned are counted by day', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: { registries: registry.registries, limits: { records_per_day: 25 } },
  });
  const client = gateway.client();
  assert.equal((await client.search(EVERYBODY)).body.message.search_response[0].data.reg_records.length, 20);
  assert.equal((await client.search(EVERYBODY)).status, 200);
  assertTooMany(await client.search(EVERYBODY));
  assertTooMany(await client.search(one(1)));
});

test('a request of many items ends where the records of the day do, at once and by callback', async () => {
  using registry = switchableRegistry('up');
  const later = { ...DEMO_PARTNER, client_id: 'later', sender_ids: ['later.example.org'] };
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      limits: { records_per_day: 25 },
      partners: { 'external-system': DEMO_PARTNER, later },
    },
  });
  const many = Array.from({ length: 4 }, () => EVERYBODY);
  const said = (items: readonly Record<string, unknown>[]) => items.map((item) => item.status_reason_code ?? item.status); // biome-ignore format: one look
  const over = 'rjct.search.too_many_records_found';
  const { status, body } = await gateway.client().search(...many);
  assert.equal(status, 200);
  assert.deepEqual(said(body.message.search_response), ['succ', 'succ', over, over]);
  assertTooMany(await gateway.client().search(one(1)));

  const client = gateway.client({ clientId: 'later', senderId: 'later.example.org' });
  assert.deepEqual(said(await searchedLater(client, many)), ['succ', 'succ', over, over]);
});

/** What an asynchronous search of these found, as status tells it. */
const searchedLater = async (client: Client, queries: readonly unknown[], reference?: string) => {
  const over = reference === undefined ? {} : { reference_id: reference };
  const { message } = client.envelope(queries.map((query) => searchItem(query, over)));
  assert.equal((await call(client, '/search', 'search', message)).status, 202);
  for (const until = performance.now() + 5_000; ; await sleep(20)) {
    const items = await statusOf(client, 'transaction_id', message.transaction_id);
    if (items.every(({ status }) => status !== 'rcvd' && status !== 'pdng')) return items;
    assert.ok(performance.now() < until);
  }
};

const statusOf = async (
  client: Client,
  attribute: string,
  value: unknown,
): Promise<readonly Record<string, unknown>[]> => {
  const { body } = await call(client, '/sync/txn/status', 'txn-status', statusMessage(attribute, value));
  return body.message.txnstatus_response.txn_status.search_response;
};

test('status tells whole what one request found, and of several no more than one answer holds', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: { registries: registry.registries, limits: { async_records: 25 } },
  });
  const client = gateway.client();
  const recordsIn = ({ data }: Record<string, unknown>) => (data as { reg_records: object[] } | undefined)?.reg_records.length; // biome-ignore format: one look
  for (const reference of ['first', 'second', 'third'])
    assert.deepEqual((await searchedLater(client, [EVERYBODY], reference)).map(recordsIn), [20]);
  const [first = {}, second = {}, third = {}] = await statusOf(client, 'reference_id_list', ['first', 'second', 'third']); // biome-ignore format: one look
  assert.deepEqual([first, second, third].map(recordsIn), [20, undefined, undefined]);
  assert.deepEqual([second.reference_id, second.status], ['second', 'succ']);
  assert.match(String(second.status_reason_message), /ask for it by itself/);
  assert.deepEqual((await statusOf(client, 'reference_id_list', ['third'])).map(recordsIn), [20]);
});

test('a partner has so many searches running at once, the next is 429', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      limits: { concurrent_searches: 2, search_timeout: '500ms', identifiers_per_day: 3 },
    },
  });
  const client = gateway.client();
  await client.getToken();
  registry.set('hang');
  const statuses = (await Promise.all([1, 2, 3].map((index) => client.search(one(index))))).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [429, 504, 504]);
  registry.set('up');
  assert.equal((await client.search(one(1))).status, 200, 'what was not begun tried no identifier');
  assertTooMany(await client.search(one(1)));
});

test('behind a trusted proxy the limit is that of the caller it names, and of nobody further left', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      server: { trust_proxy: ['127.0.0.0/8'] },
      limits: { address_per_minute: 2 },
    },
  });
  const call = async (forwardedFor: string): Promise<number> => {
    const headers = { 'X-Forwarded-For': forwardedFor, Authorization: 'Bearer x' };
    return (await fetch(`${gateway.url}/registry/sync/search`, { method: 'POST', headers })).status;
  };
  assert.deepEqual([await call('1.1.1.1, 203.0.113.5'), await call('2.2.2.2, 203.0.113.5')], [401, 401]);
  assert.equal(await call('3.3.3.3, 203.0.113.5'), 429);
  assert.equal(await call('203.0.113.6'), 401);
  // A /64 of IPv6 is one caller.
  assert.deepEqual([await call('2001:db8::1'), await call('2001:db8::2'), await call('2001:db8::3')], [401, 401, 429]);
});

test('without a trusted proxy what a caller says of its address counts for nothing', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: { registries: registry.registries, limits: { address_per_minute: 2 } },
  });
  const statuses: number[] = [];
  for (const address of ['203.0.113.5', '203.0.113.6', '203.0.113.7']) {
    const headers = { 'X-Forwarded-For': address, Authorization: 'Bearer x' };
    statuses.push((await fetch(`${gateway.url}/registry/sync/search`, { method: 'POST', headers })).status);
  }
  assert.deepEqual(statuses, [401, 401, 429]);
});

test('an identifier counts under a name of the mapping’s own too', async () => {
  const records = {
    Person: {
      entity: 'person',
      fields: { identifier: [{ identifier_type: { const: 'UIN' }, identifier_value: { from: 'id', need: true } }] },
      attributes: { card: 'identifier.identifier_value' },
    },
  };
  using registry = switchableRegistry('up', { records });
  await using gateway = await startGateway({
    config: { registries: registry.registries, limits: { identifiers_per_day: 3 } },
  });
  const client = gateway.client();
  const answer = await client.search({ card: { $in: ['P1', 'P2', 'P3'] } });
  assert.equal(answer.body.message.search_response[0].pagination.total_count, 3);
  assertTooMany(await client.search({ card: 'P4' }));
});

test('a partner cannot fill the memory with bodies that never end; others are served meanwhile', async () => {
  using registry = switchableRegistry('up');
  const other = { ...DEMO_PARTNER, client_id: 'other', sender_ids: ['other.example.org'] };
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      limits: { concurrent_searches: 1 },
      partners: { 'external-system': DEMO_PARTNER, other },
    },
  });
  const client = gateway.client();
  const head = [
    'POST /registry/sync/search HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    `Authorization: Bearer ${await client.getToken()}`,
    'Content-Length: 1000000',
    '',
    '{"header":',
  ].join('\r\n');
  const { hostname, port } = new URL(gateway.url);
  const answers: string[] = [];
  const sockets = Array.from({ length: 40 }, (_, at) => {
    const socket = connect(Number(port), hostname, () => socket.write(head));
    socket.on('data', (chunk) => {
      answers[at] = `${answers[at] ?? ''}${chunk}`;
    });
    return socket.on('error', () => undefined);
  });
  const told = () => answers.filter((text) => text.startsWith('HTTP/1.1 429') && /Retry-After: \d/.test(text)).length;
  for (const until = Date.now() + 8_000; told() < 24 && Date.now() < until; ) await sleep(20);
  await sleep(200); // for one too many
  assert.equal(told(), 24);
  assertTooMany(await client.search(one(1)));
  assert.equal((await gateway.client({ clientId: 'other', senderId: 'other.example.org' }).search(one(1))).status, 200);
  for (const socket of sockets) socket.destroy();
  const until = Date.now() + 5_000;
  while ((await client.search(one(1))).status === 429 && Date.now() < until) await sleep(50);
  assert.equal((await client.search(one(1))).status, 200);
});

test('large messages that do not verify are read a few times a minute: who has no more than a token cannot keep the gateway busy', async () => {
  using registry = switchableRegistry('up');
  const key = makeSigningKey();
  const keys = [{ key_id: key.keyId, jwk: key.publicJwk }];
  const careful = { ...DEMO_PARTNER, client_id: 'careful', sender_ids: ['careful.example'], keys };
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      partners: { careful: { ...careful, demo: false, client_secret: TYPED, signature: { require: 'required' } } },
      server: { trust_proxy: ['127.0.0.0/8'] },
    },
  });
  const client = gateway.client({ clientId: 'careful', clientSecret: TYPED, senderId: 'careful.example', key });
  const made = client.signed(client.envelope([searchItem(one(1))]));
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const large = JSON.stringify({ ...made, message: { ...made.message, more: 'x'.repeat(900_000) } });
  const together = await Promise.all(Array.from({ length: 12 }, () => client.postText(large, from('203.0.113.9'))));
  const statuses = together.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [...Array(5).fill(401), ...Array(7).fill(429)]);
  assertTooMany(await client.postText(large, from('203.0.113.9')));
  assertTooMany(await client.postText(JSON.stringify(made), from('203.0.113.9')));
  assert.equal((await client.post(made, from('203.0.113.10'))).status, 200, 'the partner itself is served');
  const again = client.signed(client.envelope([searchItem(one(1))]));
  for (let time = 0; time < 20; time++) {
    const changed = JSON.stringify({ ...again, message: { ...again.message, transaction_id: `${time}` } });
    assert.equal((await client.postText(changed, from('203.0.113.10'))).status, 401);
  }
  assert.equal((await client.post(again, from('203.0.113.10'))).status, 200, 'short ones are many');
});

test('a partner whose key set does not come cannot fill the memory with requests that wait for it', async () => {
  using registry = switchableRegistry('up');
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      limits: { concurrent_searches: 1 },
      outbound: { timeout: '2s', allow_origins: [origin], private_origins: [origin] },
      partners: {
        'external-system': { ...DEMO_PARTNER, demo: false, client_secret: TYPED, jwks_url: `${origin}/jwks.json` },
      },
    },
  });
  const client = gateway.client({ key: makeSigningKey('nobody-knows'), clientSecret: TYPED });
  await client.getToken();
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.search(one(1))));
  const count = (status: number): number => answers.filter((answer) => answer.status === status).length;
  assert.deepEqual([count(401), count(429)], [16, 4]);
  silent.closeAllConnections();
  silent.close();
});

test('what a query may hold is set: as much is answered, more is refused and told the bound', async () => {
  using registry = switchableRegistry('up', { reg_type: 'ns:gov:RegistryType:Civil', reg_types: ['CIVIL_OLD'] });
  const limits = { json_depth: 13, predicates: 3, tree_nodes: 9, in_values: 4, graphql_size: '100B', graphql_tokens: 18 }; // biome-ignore format: one look
  await using gateway = await startGateway({ config: { registries: registry.registries, limits } });
  const client = gateway.client();
  const asked = async (query: unknown, criteria: Record<string, unknown> = {}) => {
    const { status, body } = await client.post(client.envelope([searchItem(query, {}, criteria)]));
    const [item] = status === 200 ? body.message.search_response : [];
    const total: number | undefined = item?.pagination?.total_count;
    const told: string = item?.status_reason_message ?? body.message.error?.message;
    return { told, total, code: item?.status_reason_code ?? body.message.error?.code, data: item?.data };
  };
  const isAnswered = async (query: unknown, count: number) => assert.equal((await asked(query)).total, count);
  const isRefused = async (query: unknown, told: RegExp, code = 'rjct.search_criteria.invalid') => {
    const answer = await asked(query);
    assert.deepEqual([answer.code, answer.total, answer.data], [code, undefined, undefined]);
    assert.match(answer.told, told);
  };
  const named = (name: unknown) => ({ 'name.given_name': name });
  const names = (count: number) => Array.from({ length: count }, (_, index) => `Awa ${index + 1}`);
  const any = (count: number) => ({ $or: names(count).map((name) => named({ $eq: name })) });

  await isAnswered(any(3), 3);
  await isRefused(any(4), /over 3 predicates/);
  const deepest = { $and: [{ $and: [any(3)] }] }; // 9 nodes, and 13 containers with those of the envelope
  await isAnswered(deepest, 3);
  await isRefused({ $and: names(3).map((name) => ({ $or: [named({ $eq: name })] })) }, /over 9 nodes/);
  await isRefused({ $and: [deepest] }, /nested deeper than 13/, 'err.request.bad');
  await isAnswered(named({ $in: names(4) }), 4);
  await isRefused(named({ $in: names(5) }), /Over 4 values for attribute "name.given_name"/);

  const graphql = (fields: string, bytes = 0) =>
    `{ person(name: {surname: "Diallo"}) { name { ${fields} } } }`.padEnd(bytes);
  await isAnswered(graphql('surname', 100), 30);
  await isRefused(graphql('surname', 101), /over 100 bytes/);
  await isRefused(graphql('surname given_name'), /is too long/);

  await isRefused(named({ $contains: 'x'.repeat(4_097) }), /: text of at most 4,096 characters is expected/);
  const pagination = { page_number: 9_007_199_254_740_991 };
  const { code, told } = await asked(any(1), { pagination });
  assert.equal(code, 'err.request.bad');
  assert.match(told, /page_number must be an integer from 1 to 999999999999999\./);

  for (const regType of ['ns:gov:RegistryType:Civil', 'civil_old', 'ns:org:RegistryType:Social']) {
    const { data } = await asked(any(1), { reg_type: regType });
    assert.equal(data?.reg_type, 'ns:gov:RegistryType:Civil', regType);
  }
  const unknown = await asked(any(1), { reg_type: 'CIVIL_NEW' });
  assert.equal(unknown.code, 'rjct.search_criteria.invalid');
  assert.match(unknown.told, /reg_type does not name this registry/);
});

test('without Redis requests are answered at once, counted in memory by a part of the limit', {
  skip: redis === undefined,
}, async () => {
  using registry = switchableRegistry('up');
  await using relay = await startRelay(redis?.url ?? '');
  const limits = { redis: `redis://127.0.0.1:${relay.port}`, replicas: 10, per_minute: 400 };
  await using gateway = await startGateway({ config: { registries: registry.registries, limits } });
  const client = gateway.client();
  const isSwift = async (calls: () => Promise<readonly Answer[]>): Promise<void> => {
    const started = performance.now();
    for (const { status, text } of await calls()) assert.equal(status, 200, text);
    const took = performance.now() - started;
    assert.ok(took < AT_ONCE_MS, `took ${took} ms`);
  };
  const inTurn = (count: number) => async (): Promise<readonly Answer[]> => {
    const answers: Answer[] = [];
    while (answers.length < count) answers.push(await client.search(one(1)));
    return answers;
  };
  await inTurn(3)();
  relay.hold();
  await isSwift(() => Promise.all([1, 2, 3, 4, 5].map(() => client.search(one(1)))));
  await isSwift(inTurn(5));
  relay.release();
  await sleep(REDIS_RESTS_MS);
  const underWay = isSwift(() => Promise.all([1, 2, 3, 4, 5].map(() => client.search(one(1)))));
  await relay.cut();
  await underWay;
  await isSwift(inTurn(5));
  // 40 of the 400 are this gateway's while it counts by itself.
  const answers = await Promise.all(Array.from({ length: 60 }, () => client.search(one(1))));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 20 && refused.length < 60, `${refused.length} of 60 were refused`);
  for (const answer of refused) assertTooMany(answer);
  await relay.mend();
  const until = Date.now() + 5_000;
  while ((await client.search(one(1))).status === 429 && Date.now() < until) await sleep(50);
  assert.equal((await client.search(one(1))).status, 200, 'Redis counts again');
});
