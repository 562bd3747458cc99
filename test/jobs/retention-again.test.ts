import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRetention } from '../../src/jobs/retention.ts';
import { OUTBOX, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { flowsOf, type Sent } from '../support/explored-flows.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';
import { silentLog } from '../support/signing-partner.ts';

const DAY = 86_400_000;

test('the same request again is answered, although a first answer that never arrived lies in the store without its content', async () => {
  const world = createWorld(1_000_000);
  const store = exploredStore(world, atOnce);
  let status = 503;
  const arrived: Sent[] = [];
  const flows = flowsOf({ ...store, effect: async (_name, work) => work(), now: () => world.now }, world, 'a', {
    answer: (sent) => {
      if (status === 200) arrived.push(sent);
      return status;
    },
  });
  const retain = createRetention({ ...{ ...store, log: silentLog, clock: () => world.now, retentionMs: 30 * DAY }, tidy: async () => undefined }); // biome-ignore format: one look
  await flows.accept();
  await flows.settle();
  assert.deepEqual(world.state.all(OUTBOX).map(({ state }) => state), ['dead']); // biome-ignore format: one look
  world.now += 31 * DAY;
  await retain();
  assert.deepEqual(world.state.all(OUTBOX).map(({ state, message }) => [state, message]), [['expired', undefined]]); // biome-ignore format: one look

  status = 200;
  const header = { messageId: 'm-2', senderId: 'health.example', senderUri: 'https://health.example/dci', totalCount: 1 }; // biome-ignore format: one look
  await flows.accept({ header, replay: { expires: world.now + 300_000, contentDigest: 'd'.repeat(64) } });
  await flows.settle();
  assert.equal(arrived.length, 1);

  world.now += 62 * DAY;
  await retain();
  assert.deepEqual([world.state.all(OUTBOX), world.state.all(TRANSACTIONS)], [[], []]);
});
