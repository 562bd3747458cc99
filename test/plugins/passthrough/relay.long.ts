/** A gateway in front of another one, which makes asynchronous searches by itself and calls back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asyncConfig, call, searchMessage } from '../../support/async-calls.ts';
import { startReceiver } from '../../support/callback-receiver.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { freePort } from '../../support/local-server.ts';
import { FRONT_AS_PARTNER, FRONT_SENDER, partnerWith, startFront } from '../../support/upstream-pair.ts';

test('an asynchronous search of the upstream, called back by it with a token of the front, is answered by the front', async () => {
  let ahead = 0;
  await using receiver = await startReceiver();
  const [upstreamPort, frontPort] = [await freePort(), await freePort()];
  const [upstreamUrl, frontUrl] = [`http://127.0.0.1:${upstreamPort}`, `http://127.0.0.1:${frontPort}`];
  const origins = [receiver.origin, upstreamUrl];
  const { partners } = asyncConfig(receiver.origin);
  await using front = await startFront(upstreamUrl, {
    port: frontPort,
    backend: { async: 'relay', notifications_from: 'upstream', callback_url: `${frontUrl}/registry` },
    config: { outbound: { allow_origins: origins, private_origins: origins }, tokens: { lifetime: '45s' } },
    gateway: { clock: () => Date.now() + ahead },
    partners: {
      ...partners,
      upstream: partnerWith(
        'upstream',
        { search: 'identifiers', records: {}, actions: ['receive'] },
        {
          ...{ callbacks: [upstreamUrl], jwks_url: `${upstreamUrl}/.well-known/jwks.json` },
          signature: { require: 'required' },
        },
      ),
    },
  });
  await using upstream = await startGateway({
    config: {
      identity: { id: 'upstream.example.org' },
      server: { port: upstreamPort },
      outbound: { allow_origins: [frontUrl], private_origins: [frontUrl] },
      partners: {
        front: {
          ...FRONT_AS_PARTNER,
          jwks_url: `${frontUrl}/.well-known/jwks.json`,
          ...{
            signature: { require: 'required' },
            callbacks: [frontUrl],
            callback: {
              url: `${frontUrl}/registry`,
              ...{ token_url: `${frontUrl}/oauth2/client/token`, client_id: 'upstream', client_secret: 'secret123' },
            },
          },
        },
      },
    },
  });
  for (let tries = 0; tries < 100; tries++) {
    const ready = await front.client().send('/health/ready', {});
    if (ready.status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const answer = async () => {
    const message = searchMessage();
    assert.equal((await call(front.client(), '/search', 'search', message)).status, 202);
    return receiver.next((each) => each.body.message.transaction_id === message.transaction_id, 20_000);
  };
  const { body } = await answer();
  assert.equal(body.message.search_response[0].data.reg_records[0].name.given_name, 'María');
  assert.equal(body.header.sender_id, FRONT_SENDER);
  const statuses = (action: string) =>
    front.log.filter(({ fields }) => fields.action === action).map(({ fields }) => fields.status);
  assert.deepEqual(statuses('on-search'), [202]);

  ahead = 52_000; // by the front's clock the token is over, the upstream holds it for good
  assert.equal((await answer()).body.header.status, 'succ');
  assert.deepEqual(statuses('on-search'), [202, 401, 202]);

  const actions = (gateway: RunningGateway) => gateway.log.flatMap(({ fields }) => fields.action ?? []);
  assert.ok(actions(upstream).includes('async-search'));
  assert.ok(!actions(upstream).includes('search'), 'nothing was searched synchronously');
});
