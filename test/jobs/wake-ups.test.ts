/** No wake-up is lost: whatever is written while its lane is being looked at is found without a sweep. */

import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { deliverLane, searchesLane } from '../../src/registry/lane-names.ts';
import type { EncryptionKey } from '../../src/security/encryption/encrypt.ts';
import { EVENTS, OUTBOX, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { type Exploration, explore } from '../support/explore.ts';
import { type FlowOptions, flowsOf, PARTNER } from '../support/explored-flows.ts';
import { addPerson, CALLBACK, criteria, subscriber } from '../support/subscription-rig.ts';
import { countryOf, prepared, rigOf, SUB } from './subscription-flows.ts';

const SEARCHES = searchesLane(PARTNER.id);
const DELIVER = deliverLane(PARTNER.id, 'https://health.example');

const woken =
  (options: FlowOptions = {}): NonNullable<Exploration['finish']> =>
  (actor, world) =>
    flowsOf(actor, world, 'finish', options).settleWoken();

test('a search that is accepted while its lane is worked on is run, and its callback delivered', async () => {
  const { places } = await explore({
    start: ({ lanes }) => lanes.wake(SEARCHES, 0),
    workers: [
      async (actor, world) => void (await flowsOf(actor, world, 'a').accept()),
      (actor, world) => flowsOf(actor, world, 'b').run(SEARCHES),
    ],
    crashes: 0,
    finish: woken(),
    check: (world) => {
      assert.deepEqual(world.state.all(TRANSACTIONS).map(({ state }) => state), ['done']); // biome-ignore format: one look
      assert.deepEqual(world.state.all(OUTBOX).map(({ state }) => state), ['delivered']); // biome-ignore format: one look
    },
  });
  assert.ok(places > 1, `${places} places`);
});

test('an answer that is written while deliveries are looked for is delivered', async () => {
  const { places } = await explore({
    start: async (store, world) => {
      const direct = { ...store, effect: async <T>(_name: string, work: () => T) => work(), now: () => world.now };
      await flowsOf(direct, world, 'start').accept();
      await store.lanes.wake(DELIVER, 0);
    },
    workers: [
      (actor, world) => flowsOf(actor, world, 'a').run(SEARCHES),
      (actor, world) => flowsOf(actor, world, 'b').run(DELIVER),
    ],
    crashes: 0,
    finish: woken(),
    check: (world) => assert.deepEqual(world.state.all(OUTBOX).map(({ state }) => state), ['delivered']), // biome-ignore format: one look
  });
  assert.ok(places > 1, `${places} places`);
});

test('a notification that is numbered while deliveries are looked for is delivered', async () => {
  const key: EncryptionKey = {
    ...{ keyId: 'k', algorithm: 'RSA-OAEP-256', fingerprint: 'f' },
    keyObject: createSecretKey(Buffer.alloc(32)),
  };
  const options: FlowOptions = {
    partner: () => subscriber(),
    encryptionKey: () => key,
  };
  const lane = deliverLane('health', CALLBACK);
  const lay = await prepared(async (rig, world) => {
    await rig.subscribe(criteria({ reg_event_type: '*' }));
    addPerson(countryOf(world), 1);
    await rig.run('feed');
    assert.deepEqual(world.state.all(EVENTS).map(({ state }) => state), ['waiting']); // biome-ignore format: one look
  }, true);
  const { places } = await explore({
    start: async (store, world) => {
      await lay(store, world);
      await store.lanes.wake(lane, 0);
    },
    workers: [
      (actor, world) => rigOf(actor, world).numberEvents(SUB, 'one'),
      (actor, world) => flowsOf(actor, world, 'b', options).run(lane),
    ],
    crashes: 0,
    finish: woken(options),
    check: (world) => assert.deepEqual(world.state.all(OUTBOX).map(({ state }) => state), ['delivered']), // biome-ignore format: one look
  });
  assert.ok(places > 1, `${places} places`);
});
