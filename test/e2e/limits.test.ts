/** Limits on calls and on data, as a partner meets them. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, makeSigningKey } from '../support/client.ts';
import { DEMO_PARTNER, startGateway } from '../support/gateway.ts';
import { switchableRegistry } from '../support/switchable-registry.ts';

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

test('a partner has so many searches running at once, the next is 429', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: { registries: registry.registries, limits: { concurrent_searches: 2, search_timeout: '500ms' } },
  });
  const client = gateway.client();
  await client.getToken();
  registry.set('hang');
  const statuses = (await Promise.all([1, 2, 3].map((index) => client.search(one(index))))).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [429, 504, 504]);
  registry.set('up');
  assert.equal((await client.search(one(1))).status, 200);
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
