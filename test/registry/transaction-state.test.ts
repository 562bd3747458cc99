import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readState } from '../../src/registry/transaction-state.ts';
import { OUTBOX, TRANSACTIONS, type Transaction } from '../../src/store/async-documents.ts';
import { subscriptionRig } from '../support/subscription-rig.ts';

test('the parts of a file that is worked on are not read whenever somebody asks how far it is', async () => {
  const { documents } = subscriptionRig();
  const transaction = {
    ...{
      _id: 't',
      version: 1,
      partner: 'health',
      registry: 'social',
      operation: 'search',
      state: 'running',
      starts: 0,
    },
    ...{ transactionId: 't-1', correlationId: 'c', outgoingMessageId: 'm', acceptedAt: 0, changedAt: 0 },
    file: { rows: 1_000_000, parts: 1_000, made: 700 },
  } as unknown as Transaction; // all of it that status reads
  await documents.insert(TRANSACTIONS, transaction);
  const read: string[] = [];
  const watched: typeof documents = {
    ...documents,
    find: (collection, range) => {
      read.push(collection.name);
      return documents.find(collection, range);
    },
  };
  const state = await readState(watched, 't');
  assert.deepEqual(state?.entries, []);
  assert.equal(state?.transaction.file?.made, 700);
  assert.ok(!read.includes(OUTBOX.name));
  await documents.replace(TRANSACTIONS, { ...transaction, state: 'done' });
  await readState(watched, 't');
  assert.ok(read.includes(OUTBOX.name));
});
