import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCountPaused, createMessageStates } from '../../src/registry/message-states.ts';
import { OUTBOX, SUBSCRIPTIONS } from '../../src/store/async-documents.ts';
import { addPerson, criteria, subscriber, subscriptionRig } from '../support/subscription-rig.ts';

test('what waits to be read by status is told apart from what the operator has to release; paused subscriptions are counted', async () => {
  const { callback: _, ...without } = subscriber('quiet', {}, { callbacks: [] });
  const rig = subscriptionRig({ partners: [subscriber(), without] });
  const { codes } = await rig.subscribe(criteria({ reg_event_type: '*' }));
  await rig.subscribe(criteria({ reg_event_type: '*' }), 'quiet');
  addPerson(rig.country, 1);
  await rig.poll();
  const entries = rig.world.state.all(OUTBOX);
  const addressed = entries.find(({ url }) => url !== undefined);
  assert.ok(addressed && entries.length === 2);
  assert.ok(await rig.documents.replace(OUTBOX, { ...addressed, state: 'held' }));
  const states = await createMessageStates(rig.documents)();
  assert.deepEqual([states.get('held'), states.get('unaddressed'), states.get('pending')], [1, 1, 0]);

  const paused = createCountPaused(rig.documents);
  assert.equal(await paused(), 0);
  const subscription = rig.world.state.get(SUBSCRIPTIONS, codes[0] ?? '');
  assert.ok(subscription && (await rig.documents.replace(SUBSCRIPTIONS, { ...subscription, paused: true })));
  assert.equal(await paused(), 1);
  await rig.unsubscribe(codes);
  assert.equal(await paused(), 0, 'one that ended is no more to be resumed');
});
