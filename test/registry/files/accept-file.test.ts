/** Rows of an accepted file, where the same file is accepted twice at once and the store fails in between. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropRows, openRows, rowsWrite } from '../../../src/registry/files/file-rows.ts';
import type { IncomingFile } from '../../../src/registry/files/incoming-file.ts';
import { TRANSACTIONS } from '../../../src/store/async-documents.ts';
import type { Documents } from '../../../src/store/documents.ts';
import { StoreError } from '../../../src/store/store.ts';
import { flowsOf } from '../../support/explored-flows.ts';
import { atOnce, createWorld, exploredStore } from '../../support/explored-store.ts';
import { createTestSealer } from '../../support/memory-keys.ts';

const sealer = createTestSealer();
const world = createWorld();
const { documents, lanes } = exploredStore(world, atOnce);

const fileInto = (store: Documents): IncomingFile => ({
  rows: 1,
  keep: async (transaction) =>
    void (await store.apply([rowsWrite(sealer, transaction, 0, [{ type: 'UIN', value: '1' }], world.now)])),
  drop: async (transaction) => void (await store.apply(dropRows(transaction, 1))),
});

const acceptBy = (store: Documents): Promise<string> => {
  const actor = {
    documents: store,
    lanes,
    now: () => world.now,
    effect: async <T>(_: string, work: () => T) => work(),
  };
  return flowsOf(actor, world, 'worker').accept({ file: fileInto(store) });
};

test('a repeat that loses the race and cannot read who won takes no rows away', async () => {
  await acceptBy(documents);
  const late: Documents = {
    ...documents,
    find: async (collection, range) => (range.index === 'same' ? [] : documents.find(collection, range)),
    get: async (collection, id) => {
      if (collection.name === TRANSACTIONS.name) throw new StoreError('it did not answer');
      return documents.get(collection, id);
    },
  };
  await assert.rejects(acceptBy(late), StoreError);
  const [transaction] = world.state.all(TRANSACTIONS);
  assert.ok(transaction !== undefined && world.state.all(TRANSACTIONS).length === 1);
  assert.deepEqual(await openRows(documents, sealer, transaction._id, 0), [{ type: 'UIN', value: '1' }]);
});
