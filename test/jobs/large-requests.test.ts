/** A request too large for one document: whoever finds it finds all of it, wherever its process ended. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { CHUNKS, OUTBOX, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { explore } from '../support/explore.ts';
import { flowsOf } from '../support/explored-flows.ts';

const LARGE = parseJsonObject(JSON.stringify({ transaction_id: 't-1', long: 'x'.repeat(1_000_001) }), { maxDepth: 8 });

test('a large request that was accepted is whole in the store, although its process is killed', async () => {
  let accepted = 0;
  await explore({
    workers: [async (actor, world) => void (await flowsOf(actor, world, 'a').accept({ message: LARGE.root }))],
    crashes: 1,
    finish: (actor, world) => flowsOf(actor, world, 'finish').settle(),
    check: (world) => {
      const [transaction] = world.state.all(TRANSACTIONS);
      if (transaction === undefined) return;
      accepted += 1;
      assert.ok((transaction.chunks ?? 0) === 0 && transaction.request === undefined, 'it is done');
      assert.deepEqual([transaction.state, transaction.starts], ['done', 1]);
      assert.deepEqual(world.state.all(OUTBOX).map(({ state }) => state), ['delivered']); // biome-ignore format: one look
      assert.deepEqual(world.state.all(CHUNKS), []);
    },
  });
  assert.ok(accepted > 1, `${accepted} ends with a transaction`);
});
