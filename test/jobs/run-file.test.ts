import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LaneHandler } from '../../src/jobs/jobs.ts';
import { createWaker } from '../../src/jobs/waker.ts';
import { rowsWrite } from '../../src/registry/files/file-rows.ts';
import type { FileRunner } from '../../src/registry/files/file-runner.ts';
import type { IncomingFile } from '../../src/registry/files/incoming-file.ts';
import { CHUNKS, type Chunk, TRANSACTIONS } from '../../src/store/async-documents.ts';
import type { Actor } from '../support/explore.ts';
import { contentOf, flowsOf, PARTNER } from '../support/explored-flows.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';
import { createTestSealer } from '../support/memory-keys.ts';
import { silentLog } from '../support/signing-partner.ts';

const PARTS = 4;

/** Files of these partners, accepted one after the other. */
const accepted = async (partners: readonly string[], run: FileRunner['run']) => {
  const world = createWorld(1_000_000);
  const actor: Actor = { ...exploredStore(world, atOnce), effect: async (_name, work) => work(), now: () => world.now };
  const fileRunner: FileRunner = {
    run,
    refuse: ({ part }, { code }) => ({ ...contentOf(`${part} ${code}`), status: 'rjct' }),
  };
  const flows = flowsOf(actor, world, 'a', { fileRunner });
  const file: IncomingFile = {
    rows: PARTS * 1_000,
    keep: async (transaction) => {
      const rows = [{ type: 'UIN', value: '1' }];
      for (let part = 0; part < PARTS; part++)
        await actor.documents.apply([rowsWrite(createTestSealer(), transaction, part, rows, world.now)]);
    },
    drop: async () => undefined,
  };
  for (const id of partners) {
    const header = { messageId: id, senderId: 'health.example', senderUri: 'https://health.example/dci', totalCount: 1 }; // biome-ignore format: one look
    await flows.accept({ file, header, transactionId: id, partner: { ...PARTNER, id } });
  }
  return { world, actor, flows };
};

test('a file of many parts gives way to the files of other partners between two parts', async () => {
  const made: string[] = [];
  const { actor, flows } = await accepted(['a', 'b'], async ({ transaction, part }) => {
    await sleep(20);
    made.push(transaction.partner);
    return contentOf(`${part}`);
  });
  const files = flows.handlers.files as LaneHandler;
  const jobs = createWaker({
    ...{ lanes: actor.lanes, handlers: { files }, owner: 'w', log: silentLog },
    ...{ lanesAtOnce: { files: 1 }, turnMs: 30 },
  });
  for (const id of ['a', 'b']) jobs.wake(`files:${id}`);
  await jobs.idle();
  await jobs.close();
  assert.deepEqual(made.toSorted(), ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b']);
  assert.ok(made.indexOf('b') < made.lastIndexOf('a'), made.join());
});

test('a file whose rows cannot be read any more is refused in the end', async () => {
  const { world, flows } = await accepted(['health'], async ({ part }) => contentOf(`${part}`));
  for (const chunk of world.state.all(CHUNKS)) {
    const unreadable: Chunk = { ...chunk, data: 'of another key' };
    world.state.replace(CHUNKS, unreadable);
  }
  await flows.settle();
  assert.deepEqual(world.state.all(TRANSACTIONS).map(({ state }) => state), ['done']); // biome-ignore format: one look
  const posted = world.effects.filter((each) => typeof each === 'object' && each !== null && 'body' in each);
  assert.equal(posted.length, PARTS);
  assert.ok(posted.every((each) => JSON.stringify(each).includes('rjct')));
});
