import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { canonicalText } from '../../src/dci/canonical.ts';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { contentDigest } from '../../src/security/signatures/verify.ts';
import { type Client, type Envelope, makeSigningKey, searchItem } from '../support/client.ts';
import { startGateway } from '../support/gateway.ts';
import { switchableRegistry } from '../support/switchable-registry.ts';

const SECRET = 'a-secret-somebody-typed';
const QUERY = { type: 'UIN', value: 'P1' };

const partner = (id: string, over: object) => ({
  client_id: id,
  client_secret: SECRET,
  sender_ids: [`${id}.example.org`],
  registries: { social: { search: 'any', records: 'all' } },
  ...over,
});

test('a partner whose policy refuses replays may send a message once, and another with the same id never', async () => {
  const key = makeSigningKey();
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      partners: {
        strict: partner('strict', {
          keys: [{ key_id: key.keyId, jwk: key.publicJwk }],
          signature: { replay: 'refuse' },
        }),
        unsigned: partner('unsigned', { signature: { replay: 'refuse', require: 'optional' } }),
      },
    },
  });
  const clientOf = (id: string, signing: boolean): Client =>
    gateway.client({
      clientId: id,
      clientSecret: SECRET,
      senderId: `${id}.example.org`,
      ...(signing ? { key } : {}),
    });
  for (const client of [clientOf('strict', true), clientOf('unsigned', false)]) {
    const envelope = client.envelope([searchItem(QUERY)]);
    assert.equal((await client.post(envelope)).status, 200);
    const again = await client.post(envelope);
    assert.equal(again.status, 400);
    assert.equal(again.body.header.status_reason_code, 'rjct.message_id.duplicate');
    assert.equal(again.body.message.error.message, 'message_id was used before.');
    assert.equal((await client.post(client.envelope([searchItem(QUERY)]))).status, 200);
  }
});

test('what is kept of a message tells nobody who reads the store whom it asked for', async () => {
  const key = makeSigningKey();
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      partners: { one: partner('one', { keys: [{ key_id: key.keyId, jwk: key.publicJwk }] }) },
    },
  });
  const client = gateway.client({ clientId: 'one', clientSecret: SECRET, senderId: 'one.example.org', key });
  const send = async (path: string, envelope: Envelope): Promise<number> => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${await client.getToken()}` };
    const body = JSON.stringify(client.signed(envelope));
    return (await client.send(`/registry${path}`, { method: 'POST', headers, body })).status;
  };
  const digests: string[] = [];
  for (const [path, status] of [
    ['/sync/search', 200],
    ['/search', 202],
  ] as const) {
    const envelope = client.envelope([searchItem(QUERY)]);
    assert.equal(await send(path, envelope), status);
    assert.equal(await send(path, envelope), status, 'the same again is the same request');
    const { message_id } = envelope.header;
    assert.equal(await send(path, client.envelope([searchItem({ type: 'UIN', value: 'P2' })], { message_id })), 400);
    const { root } = parseJsonObject(JSON.stringify(envelope.message), { maxDepth: 32 });
    digests.push(contentDigest({ action: 'search' }, canonicalText(root, 'compact')));
  }
  const stored = ['gateway.sqlite', 'replay.sqlite'].map((file) => contentOf(join(gateway.folder, 'var', file)));
  assert.match(stored[0] ?? '', /"digest":"[0-9a-f]{64}"/);
  assert.match(stored[1] ?? '', /"digest":"[0-9a-f]{64}"/);
  for (const digest of digests) assert.ok(!stored.join().includes(digest), 'whoever guesses the content could tell');
});

/** Every row of every table. */
const contentOf = (file: string): string => {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const rows = tables.map(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all());
  database.close();
  return JSON.stringify(rows).replaceAll('\\\\"', '"').replaceAll('\\"', '"');
};

test('a request whose message_id another registry has accepted is refused, not acknowledged in the name of that one', async () => {
  const key = makeSigningKey();
  using registry = switchableRegistry('up');
  const second = { ...(registry.registries.social as object), mounts: ['/second'] };
  const rights = { search: 'any', records: 'all' };
  await using gateway = await startGateway({
    config: {
      registries: { ...registry.registries, second },
      partners: {
        one: partner('one', {
          keys: [{ key_id: key.keyId, jwk: key.publicJwk }],
          registries: { social: rights, second: rights },
        }),
      },
    },
  });
  const client = gateway.client({ clientId: 'one', clientSecret: SECRET, senderId: 'one.example.org', key });
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${await client.getToken()}` };
  const body = JSON.stringify(client.signed(client.envelope([searchItem(QUERY)])));
  const send = (mount: string) => client.send(`${mount}/search`, { method: 'POST', headers, body });
  assert.equal((await send('/registry')).status, 202);
  const other = await send('/second');
  assert.equal(other.status, 400, other.text);
  assert.equal(other.body.header.status_reason_code, 'rjct.message_id.duplicate');
  assert.equal((await send('/registry')).status, 202, 'where it was accepted it is the same request');
});

test('the ids of one partner are not those of another', async () => {
  const keys = { one: makeSigningKey(), two: makeSigningKey() };
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      partners: {
        one: partner('one', { keys: [{ key_id: 'key-1', jwk: keys.one.publicJwk }] }),
        two: partner('two', { keys: [{ key_id: 'key-1', jwk: keys.two.publicJwk }] }),
      },
    },
  });
  for (const id of ['one', 'two'] as const) {
    const client = gateway.client({ clientId: id, clientSecret: SECRET, senderId: `${id}.example.org`, key: keys[id] });
    const envelope = client.envelope([searchItem(QUERY)], { message_id: 'shared-id' }, { transaction_id: id });
    assert.equal((await client.post(envelope)).status, 200);
  }
});

test('a message that was refused in the end may be sent again, also where replays are refused; of two at once one is answered', async () => {
  const key = makeSigningKey();
  using registry = switchableRegistry('down');
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      partners: {
        strict: partner('strict', {
          keys: [{ key_id: key.keyId, jwk: key.publicJwk }],
          signature: { replay: 'refuse' },
          registries: { social: { search: 'any', records: { Person: { identifier_types: ['UIN'] } } } },
        }),
      },
    },
  });
  const client = gateway.client({ clientId: 'strict', clientSecret: SECRET, senderId: 'strict.example.org', key });
  const envelope = client.envelope([searchItem(QUERY)]);
  for (let i = 0; i < 2; i++) assert.equal((await client.post(envelope)).status, 503);
  registry.set('up');
  while ((await client.search(QUERY)).status === 503) await pause(50); // it comes back by itself
  const statuses = (await Promise.all([client.post(envelope), client.post(envelope)])).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [200, 400]);
  assert.equal((await client.post(envelope)).status, 400);

  const forbidden = client.envelope([searchItem({ type: 'TAX', value: 'P1' })]);
  for (let i = 0; i < 2; i++) assert.equal((await client.post(forbidden)).status, 403);
});
