/** Requests that wait for long do not hide those behind them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRunning } from '../../src/jobs/starts.ts';
import { TRANSACTIONS, type Transaction } from '../../src/store/async-documents.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';

const NOW = 1_000_000;
const LANE = 'searches:health';

const running = (n: number, over: Partial<Transaction>): Transaction => ({
  ...{ _id: `t${n}`, version: 1, partner: 'health', registry: 'social', operation: 'search', transactionId: `t${n}` },
  ...{ same: `s${n}`, round: 0, digest: 'd', messageId: 'm', correlationId: 'c', outgoingMessageId: 'o', ack: '' },
  ...{ lane: LANE, state: 'running', starts: 0, acceptedAt: n, changedAt: NOW },
  ...over,
});

const storeOf = async (limited: number, others: readonly Transaction[]) => {
  const { documents } = exploredStore(createWorld(NOW), atOnce);
  const waits = { problem: 'backend.limited', limitedUntil: NOW + 60_000 };
  for (let n = 0; n < limited; n++) await documents.insert(TRANSACTIONS, running(n, waits));
  for (const other of others) await documents.insert(TRANSACTIONS, other);
  return documents;
};

test('one that a worker left is found behind many that wait for their registry', async () => {
  const documents = await storeOf(10, [running(10, {}), running(11, {})]);
  const found = await findRunning(documents, LANE, { limit: 4, now: NOW });
  assert.ok(found.some(({ _id }) => _id === 't10'));
});

test('no more are read than it takes', async () => {
  const documents = await storeOf(10, []);
  const [first] = await documents.find(TRANSACTIONS, { index: 'byLane', equals: [LANE, 'running'], limit: 1 });
  assert.ok(first);
  await documents.replace(TRANSACTIONS, { ...first, limitedUntil: NOW });
  assert.equal((await findRunning(documents, LANE, { limit: 4, now: NOW })).length, 4, 'one of the first is due');
  assert.equal((await findRunning(documents, LANE, { limit: 4, now: NOW - 1 })).length, 10);
});

test('neither do those that were accepted in the same millisecond', async () => {
  const waits = { problem: 'backend.limited', limitedUntil: NOW + 60_000 };
  const together = Array.from({ length: 11 }, (_, n) => running(n, { acceptedAt: 5, ...(n === 9 ? {} : waits) }));
  const documents = await storeOf(0, [...together, running(11, { acceptedAt: 6, ...waits })]);
  const found = await findRunning(documents, LANE, { limit: 4, now: NOW });
  assert.equal(found.length, new Set(found.map(({ _id }) => _id)).size);
  assert.ok(found.some((each) => each.problem === undefined));
});
