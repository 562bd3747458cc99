/** A gateway that subscribes by itself at the gateway behind it, and tells its own subscribers what it is told. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { asyncConfig, call, subscribeMessage } from '../../support/async-calls.ts';
import { startReceiver } from '../../support/callback-receiver.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { freePort } from '../../support/local-server.ts';
import { ownSample } from '../../support/own-sample.ts';
import {
  callingUpstream,
  FRONT_SENDER,
  PERSON_ATTRIBUTES,
  startFront,
  startUpstream,
} from '../../support/upstream-pair.ts';

const MOUNT = '/registry';

const waitFor = async (gateway: RunningGateway, message: string, times: number, withinMs: number): Promise<void> => {
  const until = performance.now() + withinMs;
  const seen = () => gateway.log.filter((line) => line.message === message).length;
  while (seen() < times) {
    if (performance.now() > until) throw new assert.AssertionError({ message: `${message}: ${JSON.stringify(gateway.log.slice(-20))}` }); // biome-ignore format: one look
    await sleep(100);
  }
};

test('a change behind is told in front, by nobody’s doing; after the gateway behind has lost its store as well', async () => {
  using sample = ownSample();
  await using receiver = await startReceiver();
  const [rearPort, frontPort] = [await freePort(), await freePort()];
  const [rearUrl, frontUrl] = [`http://127.0.0.1:${rearPort}`, `http://127.0.0.1:${frontPort}`];
  const known = callingUpstream('rear', rearUrl, frontUrl);
  const startRear = (): Promise<RunningGateway> =>
    startUpstream(frontPort, known.front, {
      identity: { id: 'rear.example.org' },
      signatures: { skew: '120s' },
      server: { port: rearPort },
      registries: { social: { file: sample.file } },
    });
  let rear = await startRear();
  let ahead = 0;
  const origins = [receiver.origin, rearUrl];
  const { partners } = asyncConfig(receiver.origin);
  await using front = await startFront(rearUrl, {
    port: frontPort,
    gateway: { clock: () => Date.now() + ahead },
    backend: {
      ...{ subscribe: true, subscribe_check: '1s', subscribe_events: ['REGISTER', 'UPDATE'] },
      ...{ notifications_from: 'rear', callback_url: `${frontUrl}${MOUNT}` },
      entities: { Person: { key: 'urn:gov:national-id', attributes: PERSON_ATTRIBUTES } },
    },
    registry: { changes: { sources: [{ push: true, touches: { Person: '@key' } }] } },
    config: { outbound: { allow_origins: origins, private_origins: origins } },
    partners: {
      ...partners,
      rear: known.upstream,
    },
  });
  try {
    await waitFor(front, 'subscribed at the upstream', 1, 20_000);
    const { body } = await call(front.client(), '/subscribe', 'subscribe', subscribeMessage(randomUUID(), { filter: { type: 'urn:gov:national-id', value: '12345678' } })); // biome-ignore format: one look
    const code = body.message.subscription_code;
    await receiver.next((each) => each.body.header.action === 'on-subscribe');
    let name = 'María';
    const change = async (to: string) => {
      sample.change('persons.csv', `P000001,Núñez Peña,${name}`, `P000001,Núñez Peña,${to}`);
      name = to;
      return receiver
        .next(({ text }) => text.includes(`"${to}"`), 15_000)
        .catch((cause: unknown) => {
          assert.ok(cause instanceof assert.AssertionError);
          return undefined;
        });
    };
    // The feed behind begins with what changes from its first look on.
    const told = (await change('Marina')) ?? (await change('Marcela'));
    assert.ok(told);
    assert.equal(told.body.header.sender_id, FRONT_SENDER);
    assert.equal(told.body.header.meta.subscription_code, code);

    await rear.close(); // its folder goes with it: keys and subscriptions
    await waitFor(front, 'our subscription at the upstream has a problem', 1, 20_000);
    rear = await startRear();
    ahead = 61_000; // new keys are looked for once a minute
    await waitFor(front, 'subscribed at the upstream', 2, 30_000);
    const again = (await change('Mariana')) ?? (await change('Maribel'));
    assert.ok(again, 'told after the loss');
    assert.ok(rear.log.some(({ fields }) => fields.action === 'subscribe'));
    const problems = front.log.filter(({ message }) => message === 'our subscription at the upstream has a problem');
    assert.ok(problems.length <= 4, JSON.stringify(problems));
  } finally {
    await rear.close();
  }
});
