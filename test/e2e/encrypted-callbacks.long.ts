/** Callbacks and notifications to partners with an encryption key, pinned or in their key set, as their system reads them. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';
import { asyncConfig, searchMessage, statusMessage, subscribeMessage } from '../support/async-calls.ts';
import { type Callback, startReceiver } from '../support/callback-receiver.ts';
import { type Answer, type Client, createClient, type Envelope, makeSigningKey } from '../support/client.ts';
import { DEMO_PARTNER, startGateway, writeConfig } from '../support/gateway.ts';
import { decryptWith, type EncryptionPair, encryptionPair } from '../support/jwe.ts';
import { ownSample, PUSH_SECRET } from '../support/own-sample.ts';
import { recordedLog } from '../support/recorded-log.ts';

const SECRET = 'a long secret of theirs';
const RETRY = { deliveries: { retry: ['1s', '1s', '1s', '1s', '1s'] } };
const WITHIN_MS = 20_000;

const key = makeSigningKey('signs');
const SIGNING = { ...key.publicJwk, kid: key.keyId, use: 'sig' };

/** Signed, where the client has a key. */
const post = async (client: Client, path: string, action: string, message: Envelope['message']): Promise<Answer> => {
  const { header } = client.envelope([1], { action });
  return client.send(`${client.mount}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await client.getToken()}` },
    body: JSON.stringify(client.signed({ signature: '', header, message })),
  });
};

const startKeySet = async (pair: EncryptionPair) => {
  const server = createServer((_request, response) => void response.end(JSON.stringify({ keys: [SIGNING, pair.jwk] })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

/** Two partners with one endpoint: the key of one is pinned, that of the other stands in its key set. */
const configOf = (receiver: string, keySet: string, pinned: EncryptionPair, more: object = {}) => {
  const { outbound, partners } = asyncConfig(receiver);
  const partnerOf = (name: string, changes: object) => ({
    ...{ ...partners['external-system'], client_id: name, client_secret: SECRET },
    ...{ sender_ids: [`${name}.example.org`], ...changes },
  });
  return {
    outbound: { ...outbound, allow_origins: [receiver, keySet], private_origins: [receiver, keySet] },
    partners: {
      'external-system': DEMO_PARTNER,
      pinned: partnerOf('pinned', { keys: [{ key_id: pinned.kid, use: 'enc', jwk: pinned.jwk }] }),
      fetched: partnerOf('fetched', { jwks_url: `${keySet}/jwks.json` }),
    },
    ...RETRY,
    ...more,
  };
};

/** Whoever has a key set must sign. */
const identityOf = (name: string) => ({
  ...{ clientId: name, clientSecret: SECRET, senderId: `${name}.example.org` },
  ...(name === 'fetched' && { key }),
});

/** The wire body after its signature, which is another one at each attempt. */
const contentOf = ({ text }: Callback): string => text.slice(text.indexOf('"header"'));

const assertNothingInClear = ({ text, body }: Callback): void => {
  assert.equal(body.header.is_msg_encrypted, true);
  for (const word of ['12345678', 'Pe\\u00f1a', 'surname', 'reg_records', 'transaction_id', 'Person'])
    assert.ok(!text.includes(word), `${word} in ${text}`);
};

test('a callback is encrypted once: after a failure and a restart it comes with the same header and message', async () => {
  const pairs = { pinned: encryptionPair('rsa'), fetched: encryptionPair('p-256') };
  let open = false;
  await using receiver = await startReceiver(() => (open ? 200 : 500));
  await using keySet = await startKeySet(pairs.fetched);
  const { folder, file } = await writeConfig(configOf(receiver.origin, keySet.origin, pairs.pinned) as never);
  const start = async () => {
    const gateway = await createGateway(await loadConfig({ file, env: {} }), { log: recordedLog().log });
    const { url } = await gateway.start();
    const clientOf = (name: string) => createClient({ url, ...identityOf(name) });
    return { gateway, clientOf };
  };
  const names = ['pinned', 'fetched'] as const;
  const isFor = (name: string) => (each: Callback) => each.body.header.receiver_id === `${name}.example.org`;
  const transaction = randomUUID();
  const first = await start();
  try {
    for (const name of names) {
      const ack = await post(first.clientOf(name), '/search', 'search', searchMessage(transaction));
      assert.equal(ack.status, 202, ack.text);
    }
    for (const name of names) await receiver.next(isFor(name), WITHIN_MS);
    await first.gateway.close();
    const failed = receiver.received.length;
    open = true;
    const second = await start();
    try {
      for (const name of names) {
        const pair = pairs[name];
        const again = (each: Callback) => receiver.received.indexOf(each) >= failed && isFor(name)(each);
        const delivered = await receiver.next(again, WITHIN_MS);
        const all = receiver.received.filter(isFor(name));
        assert.ok(all.length >= 2);
        assert.equal(new Set(all.map(contentOf)).size, 1);
        assert.equal(new Set(all.map(({ headers }) => headers['x-delivery-attempt'])).size, all.length);
        for (const each of all) assertNothingInClear(each);
        const opened = await decryptWith(pair, delivered.body.message);
        assert.equal(opened.transaction_id, transaction);
        assert.equal(opened.search_response[0].data.reg_records[0].name.surname, 'Núñez Peña');
        const asked = statusMessage('transaction_id', transaction);
        const status = await post(second.clientOf(name), '/sync/txn/status', 'txn-status', asked);
        assert.equal(status.body.header.is_msg_encrypted, true, status.text);
        const told = await decryptWith(pair, status.body.message);
        assert.match(JSON.stringify(told), /"reference_id":"r1"/);
      }
    } finally {
      await second.gateway.close();
    }
  } finally {
    await first.gateway.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('a notification is encrypted, for a key of the partner’s key set, and the same when it is sent again', async () => {
  using sample = ownSample('pushed');
  const pair = encryptionPair('x25519');
  let notified = 0;
  await using receiver = await startReceiver(({ body }) => {
    if (body.header.action === 'notify') notified += 1;
    return notified === 1 ? 500 : 200;
  });
  await using keySet = await startKeySet(pair);
  const more = { registries: { social: { file: sample.file } } };
  const config = configOf(receiver.origin, keySet.origin, encryptionPair('rsa'), more);
  await using gateway = await startGateway({ config: config as never });
  const client = gateway.client(identityOf('fetched'));
  const acknowledged = await post(client, '/subscribe', 'subscribe', subscribeMessage());
  const { subscription_code: code } = await decryptWith(pair, acknowledged.body.message);
  const confirmed = await receiver.next(({ body }) => body.header.action === 'on-subscribe');
  assertNothingInClear(confirmed);
  const { subscribe_response: confirmations } = await decryptWith(pair, confirmed.body.message);
  assert.equal(confirmations[0].status, 'succ');

  const push = async (): Promise<void> => {
    const pushed = await fetch(`${gateway.adminUrl}/registries/social/changes`, {
      method: 'POST',
      body: JSON.stringify({ changes: [{ record_type: 'Person', key: 'P000001' }] }),
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${PUSH_SECRET}` },
    });
    assert.equal(pushed.status, 202);
  };
  await push(); // what was never seen is new, and no update
  await sleep(1_000);
  sample.change('persons.csv', 'P000001,Núñez Peña,María', 'P000001,Núñez Peña,Marina');
  await sleep(4_000); // the copy is made again
  await push();
  const arrived = await receiver.next(
    ({ body, headers }) => body.header.action === 'notify' && headers['x-delivery-attempt'] === '2',
    WITHIN_MS,
  );
  const all = receiver.received.filter(({ body }) => body.header.action === 'notify');
  assert.equal(all.length, 2);
  assert.equal(new Set(all.map(contentOf)).size, 1);
  for (const each of all) {
    assertNothingInClear(each);
    assert.ok(!each.text.includes('Marina'));
    assert.deepEqual([each.body.header.meta.subscription_code, each.body.header.meta.sequence_number], [code, 1]);
  }
  const { notify_event: events } = await decryptWith(pair, arrived.body.message);
  assert.equal(events[0].data.reg_records.name.given_name, 'Marina');
});
