/** What the lane of deliveries holds to over days, and however many endpoints a partner has. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDeliver } from '../../src/jobs/deliver.ts';
import { retainOutbox } from '../../src/jobs/retain-outbox.ts';
import { createDeliveries } from '../../src/registry/deliveries.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { deliverLane } from '../../src/registry/lane-names.ts';
import { draftEntry, insertions } from '../../src/registry/outbox.ts';
import { OUTBOX, type OutboxEntry, SUBSCRIPTIONS } from '../../src/store/async-documents.ts';
import { type FlowOptions, flowsOf, notification, PARTNER, type Sent, subscribed } from '../support/explored-flows.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';
import { createTestSealer } from '../support/memory-keys.ts';
import { ERR } from '../support/receiver.ts';
import { rightsOf } from '../support/rights.ts';
import { silentLog } from '../support/signing-partner.ts';
import { HELD } from '../support/subscription-rig.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** One worker whose clock the test moves, and a subscription with three notifications. */
const notifying = async (answer: NonNullable<FlowOptions['answer']>, partner = () => PARTNER) => {
  const world = createWorld(1_000_000);
  const store = exploredStore(world, atOnce);
  const sent: (Sent & { readonly at: number })[] = [];
  const flows = flowsOf({ ...store, effect: async (_name, work) => work(), now: () => world.now }, world, 'a', {
    partner,
    answer: (each) => {
      sent.push({ ...each, at: world.now });
      return answer(each, world);
    },
  });
  await subscribed(store, world);
  for (const seq of [1, 2, 3]) await notification(store, world, seq);
  const ids = (): readonly string[] => sent.map(({ messageId }) => messageId);
  return {
    ...{ world, sent, ids },
    subscription: () => world.state.all(SUBSCRIPTIONS)[0],
    states: (): readonly OutboxEntry['state'][] =>
      world.state
        .all(OUTBOX)
        .toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
        .map(({ state }) => state),
    deliveries: createDeliveries({
      ...{ documents: store.documents, clock: () => world.now, partner: () => PARTNER },
      rightsVersion: () => '',
    }),
    /** What is due, as long as something is due until then. */
    runUntil: async (time: number): Promise<void> => {
      for (;;) {
        for (const lane of await store.lanes.due(100)) await flows.run(lane);
        const next = await store.lanes.nextDueInMs();
        if (next === undefined || world.now + next > time) break;
        world.now += next;
      }
      world.now = time;
    },
  };
};

test('an endpoint that fails for five days pauses its subscription; resumed, it is told everything in order', async () => {
  let works = false;
  const failures = new Map<string, number>();
  const rig = await notifying(({ messageId }) => {
    const failed = failures.get(messageId) ?? 0;
    failures.set(messageId, failed + 1);
    return works && failed > 1 ? 200 : 503;
  });
  const began = rig.world.now;
  await rig.runUntil(began + 5 * DAY_MS - 1);
  assert.equal(rig.subscription()?.paused, undefined, 'not before');
  await rig.runUntil(began + 5 * DAY_MS + HOUR_MS);
  assert.equal(rig.subscription()?.paused, true);
  assert.deepEqual(new Set(rig.ids()), new Set(['n-1']), 'the others wait for the first');
  const times = rig.sent.map(({ at }) => at);
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  assert.deepEqual([pauses[0], Math.max(...pauses)], [5_000, 900_000]);

  const before = rig.sent.length;
  works = true;
  failures.clear();
  await rig.runUntil(rig.world.now + 2 * DAY_MS);
  assert.equal(rig.sent.length, before, 'nothing is sent while it is paused');
  assert.ok(!rig.states().some((state) => state === 'delivered' || state === 'dead'), 'nothing is lost');

  assert.ok(await rig.deliveries.resume(String(rig.subscription()?._id)));
  await rig.runUntil(rig.world.now + HOUR_MS);
  // Each fails twice more: it has five days of its own from its first try on, however long ago it was made.
  assert.deepEqual(
    rig.ids().slice(before),
    ['n-1', 'n-2', 'n-3'].flatMap((id) => [id, id, id]),
  );
  assert.deepEqual(rig.states(), ['delivered', 'delivered', 'delivered']);
});

test('a subscription that an operator paused is not sent, not even a first time', async () => {
  const rig = await notifying(() => 200);
  assert.ok(await rig.deliveries.pause(String(rig.subscription()?._id)));
  await rig.runUntil(rig.world.now + DAY_MS);
  assert.deepEqual(rig.sent, []);
  assert.ok(await rig.deliveries.resume(String(rig.subscription()?._id)));
  await rig.runUntil(rig.world.now + 1_000);
  assert.deepEqual(rig.ids(), ['n-1', 'n-2', 'n-3']);
});

for (const [name, change] of Object.entries({
  'its partner is switched off': { active: false },
  'a right of its partner is taken away': {
    registries: new Map([['social', rightsOf({ Person: { fields: ['name'] } })]]),
  },
})) {
  test(`what was numbered is held when ${name}`, async () => {
    let partner = PARTNER;
    const rig = await notifying(
      () => 503,
      () => partner,
    );
    await rig.runUntil(1_000_001);
    assert.deepEqual(rig.ids(), ['n-1']);
    partner = { ...PARTNER, ...change };
    await rig.runUntil(1_000_000 + HOUR_MS);
    assert.deepEqual(rig.ids(), ['n-1']);
    assert.deepEqual(rig.states(), ['held', 'held', 'held']);
  });
}

test('a notification that is refused five times is a dead letter, and the next ones are told', async () => {
  const refusal = typeof ERR === 'string' ? '' : (ERR.body ?? '');
  const rig = await notifying(({ messageId }) => (messageId === 'n-1' ? { status: 200, body: refusal } : 200));
  await rig.runUntil(rig.world.now + DAY_MS);
  assert.deepEqual(rig.ids(), ['n-1', 'n-1', 'n-1', 'n-1', 'n-1', 'n-2', 'n-3']);
  assert.deepEqual(rig.states(), ['dead', 'delivered', 'delivered']);
});

test('a number whose end could not be written, since an operator changed it meanwhile, is sent again before the next one', async () => {
  let changed = false;
  const rig = await notifying(({ messageId }, world) => {
    const entry = world.state.all(OUTBOX).find((each) => each.messageId === messageId);
    if (!changed && entry !== undefined) changed = world.state.replace(OUTBOX, entry);
    return messageId === 'n-1' ? 410 : 200;
  });
  await rig.runUntil(rig.world.now + HOUR_MS);
  assert.deepEqual(rig.ids(), ['n-1', 'n-1', 'n-2', 'n-3']);
  assert.deepEqual(rig.states(), ['dead', 'delivered', 'delivered']);
});

test('a partner is called so often at once as it may be, whatever its number of endpoints; others have calls of their own', async () => {
  const PER_PARTNER = 3;
  const world = createWorld(1_000_000);
  const { documents } = exploredStore(world, atOnce);
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  const count = (key: string, by: number): void => {
    const now = (running.get(key) ?? 0) + by;
    running.set(key, now);
    most.set(key, Math.max(most.get(key) ?? 0, now));
  };
  const deliver = createDeliver({
    ...{ documents, clock: () => world.now, monotonic: () => world.now, timeoutMs: 1_000, consentMs: 0, gatherMs: 0 },
    ...{ perEndpoint: 2, perPartner: PER_PARTNER },
    attempt: async (entry) => {
      const keys = ['all', entry.partner, String(entry.lane)];
      for (const key of keys) count(key, 1);
      await sleep(2);
      for (const key of keys) count(key, -1);
      return { kind: 'tried', verdict: { result: 'delivered', status: 200 }, entry };
    },
    settle: async (entry) => {
      await documents.remove(OUTBOX, entry._id);
      return undefined;
    },
  });
  const lanes = ['health', 'work'].flatMap((partner) =>
    ['https://one.example', 'https://two.example'].map((url) => ({ partner, url, lane: deliverLane(partner, url) })),
  );
  for (const { partner, url, lane } of lanes) {
    for (let n = 0; n < 6; n++) {
      const drafted = draftEntry(
        {
          ...{ id: `${lane} ${n}`, kind: 'on-search', partner, registry: 'social', count: 1, rightsVersion: '' },
          ...{ messageId: `${lane} ${n}`, envelope: { header: {}, message: {} }, url, at: 0, confidential: false },
        },
        createTestSealer(),
        createKeyed(Buffer.alloc(32)),
      );
      await documents.apply(insertions(drafted));
    }
  }
  await Promise.all(lanes.map(({ lane, partner }) => deliver({ lane, of: `${partner}:`, held: HELD })));
  assert.deepEqual(world.state.all(OUTBOX), [], 'all were sent');
  for (const { lane, partner } of lanes) {
    assert.ok((most.get(lane) ?? 0) <= 2, `${most.get(lane)} at once to ${lane}`);
    assert.equal(most.get(partner), PER_PARTNER);
  }
  assert.equal(most.get('all'), 2 * PER_PARTNER);
});

test('a call is begun only where the lease lasts for it, and for asking about consent where that is asked', async () => {
  const world = createWorld(1_000_000);
  const store = exploredStore(world, atOnce);
  await subscribed(store, world);
  for (const seq of [1, 2]) await notification(store, world, seq);
  const [, second] = world.state.all(OUTBOX).toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
  assert.ok(second && (await store.documents.replace(OUTBOX, { ...second, persons: 'sealed' })));
  const asked: number[] = [];
  const held = { ...HELD, mayStart: async (ms: number) => asked.push(ms) > 0 } as typeof HELD;
  const deliver = createDeliver({
    ...{ documents: store.documents, clock: () => world.now, monotonic: () => world.now, gatherMs: 0 },
    ...{ perEndpoint: 1, perPartner: 1, timeoutMs: 1_000, consentMs: 700 },
    attempt: async (entry) => ({ kind: 'tried', verdict: { result: 'delivered', status: 200 }, entry }),
    settle: async ({ _id }) => {
      await store.documents.remove(OUTBOX, _id);
      return undefined;
    },
  });
  const lane = deliverLane(PARTNER.id, 'https://health.example');
  for (let look = 0; look < 2; look++) await deliver({ lane, of: '', held });
  assert.deepEqual(asked, [1_000, 1_700]);
});

test('a message that expires lets the next number go at once, also where that was put off for long', async () => {
  const rig = await notifying(() => 200);
  const { documents } = exploredStore(rig.world, atOnce);
  const { world } = rig;
  assert.ok(await rig.deliveries.pause(String(rig.subscription()?._id)));
  await rig.runUntil(world.now + HOUR_MS); // all of them look again hours later
  const subscription = rig.subscription();
  assert.ok(subscription && (await documents.replace(SUBSCRIPTIONS, { ...subscription, paused: false })));
  const old = world.state.all(OUTBOX).find(({ seq }) => seq === 1);
  assert.ok(old && (await documents.replace(OUTBOX, { ...old, createdAt: 0 })));
  await retainOutbox({ documents, log: silentLog, now: world.now, limit: 1 });
  await rig.runUntil(world.now + 60_000);
  assert.deepEqual(rig.ids(), ['n-2', 'n-3']);
  assert.deepEqual(rig.states(), ['expired', 'delivered', 'delivered']);
});
