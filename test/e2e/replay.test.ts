import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, makeSigningKey, searchItem } from '../support/client.ts';
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
    assert.equal((await client.post(client.envelope([searchItem(QUERY)]))).status, 200);
  }
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
