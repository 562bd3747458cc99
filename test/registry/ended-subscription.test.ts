/** What a subscription that ended still has to say: all of it where its time is over, nothing where it was cancelled. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDeliveries } from '../../src/registry/deliveries.ts';
import { createRightsVersion } from '../../src/registry/rights-version.ts';
import { EXPIRED } from '../../src/registry/store-subscription.ts';
import { OUTBOX, type OutboxEntry, type OutboxState, SUBSCRIPTIONS } from '../../src/store/async-documents.ts';
import type { Documents } from '../../src/store/documents.ts';
import { deliveryRig } from '../support/delivery-rig.ts';
import { ACK, startReceiver } from '../support/receiver.ts';

const settled = async (documents: Documents, state: OutboxState): Promise<OutboxEntry> => {
  for (const until = performance.now() + 5_000; performance.now() < until; await sleep(5)) {
    const [found] = await documents.find(OUTBOX, { index: 'byState', equals: [state], limit: 1 });
    if (found !== undefined) return found;
  }
  throw new Error(`nothing is ${state}`);
};

/** A dead letter of a subscription that ended in this way. */
const deadLetter = async (by: string) => {
  await using parts = new AsyncDisposableStack();
  const receiver = parts.use(await startReceiver(({ time }) => (time === 1 ? { status: 410 } : ACK)));
  const rig = parts.use(await deliveryRig({ origins: [receiver.origin] }));
  const { documents } = rig.store;
  await rig.search(receiver.origin);
  const dead = await settled(documents, 'dead');
  await documents.insert(SUBSCRIPTIONS, {
    ...{ _id: 's-1', version: 1, partner: 'health', registry: 'social', live: false, by, eventType: 'UPDATE' },
    ...{ changes: ['updated'], recordType: 'Person', request: '', startAt: 0, endAt: 1, createdAt: 0, changedAt: 1 },
  });
  await documents.replace(OUTBOX, { ...dead, kind: 'notify', sub: 's-1', seq: 1 });
  const rightsVersion = createRightsVersion();
  const partner = (id: string) => rig.partners.get(id);
  const deliveries = createDeliveries({ documents, clock: Date.now, partner, rightsVersion });
  const owned = parts.move();
  return { dead, documents, deliveries, receiver, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

test('a message of a subscription whose time is over is sent again when it is replayed', async () => {
  await using set = await deadLetter(EXPIRED);
  assert.equal(await set.deliveries.pause('s-1'), true);
  assert.equal(await set.deliveries.replay(set.dead._id), 'replayed');
  await sleep(100);
  assert.equal(set.receiver.calls.length, 1, 'a paused subscription is not sent, its time over or not');
  assert.equal(await set.deliveries.resume('s-1'), true);
  assert.equal((await settled(set.documents, 'delivered'))._id, set.dead._id);
  assert.equal(set.receiver.calls.length, 2);
});

test('a message of a subscription that was cancelled is not sent again, and keeps what it says', async () => {
  await using set = await deadLetter('partner');
  assert.equal(await set.deliveries.replay(set.dead._id), 'subscription ended');
  assert.deepEqual([...(await set.deliveries.replaySince(0, undefined))], [['subscription ended', 1]]);
  assert.equal((await set.documents.get(OUTBOX, set.dead._id))?.message, set.dead.message);
  assert.equal(await set.deliveries.resume('s-1'), false);
});
