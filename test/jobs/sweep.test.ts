import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSweepers } from '../../src/jobs/sweep.ts';
import { OUTBOX, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { atOnce, createWorld, exploredStore, type World } from '../support/explored-store.ts';

const swept = (world: World) => {
  const { documents, lanes } = exploredStore(world, atOnce);
  const sweepers = createSweepers({ documents, lanes, clock: () => world.now });
  return { documents, lanes, sweep: async () => Promise.all(sweepers.map((sweeper) => sweeper())) };
};

const transaction = (id: string, at: number, state: 'accepted' | 'running' = 'accepted') => ({
  ...{ _id: id, version: 1, partner: 'p', registry: 'r', operation: 'search' as const, transactionId: id, same: id },
  ...{ round: 1, digest: 'd', messageId: 'm', correlationId: 'c', outgoingMessageId: 'o', ack: '{}', state, starts: 0 },
  ...{ lane: `searches:${id}`, acceptedAt: at, changedAt: at },
});

test('every lane of a backlog of thousands is woken in the end, however many changed at once', async () => {
  const world = createWorld(100_000);
  const { documents, lanes, sweep } = swept(world);
  for (let i = 0; i < 1_600; i++)
    await documents.insert(TRANSACTIONS, transaction(`t${i}`, i < 400 ? 5 : 10 + (i >> 3)));
  const woken = new Set<string>();
  for (let round = 0; round < 6; round++) {
    await sweep();
    for (const lane of await lanes.due(10_000)) woken.add(lane);
  }
  assert.equal(woken.size, 1_600);
});

test('what may still be on its way, is begun, or is due later is left alone', async () => {
  const world = createWorld(100_000);
  const { documents, lanes, sweep } = swept(world);
  await documents.insert(TRANSACTIONS, transaction('young', 99_000));
  await documents.insert(TRANSACTIONS, transaction('begun', 1, 'running'));
  const message = {
    ...{ version: 1, kind: 'on-search' as const, partner: 'p', registry: 'r', state: 'pending' as const, count: 0 },
    ...{ messageId: 'm', rightsVersion: 'v', attempts: 0, firstDueAt: 1, createdAt: 1, changedAt: 1 },
  };
  await documents.insert(OUTBOX, { ...message, _id: 'later', lane: 'deliver:p:later', dueAt: 200_000 });
  await documents.insert(OUTBOX, { ...message, _id: 'nowhere', dueAt: 1 });
  await documents.insert(OUTBOX, { ...message, _id: 'due', lane: 'deliver:p:due', dueAt: 1 });
  await sweep();
  assert.deepEqual(await lanes.due(10), ['deliver:p:due']);
});
