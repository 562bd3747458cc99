/** How far a feed was read: sealed, and moved by one of those who read the same page. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnmoved, moveFeed, nextPosition, readFeedState } from '../../src/registry/feed-state.ts';
import { CURSORS } from '../../src/store/async-documents.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';
import { createTestSealer } from '../support/memory-keys.ts';

const sealer = createTestSealer();
/** A cursor may be a person's key. */
const CURSOR = '{"after":"UIN-7731"}';

const rig = () => {
  const world = createWorld();
  const { documents } = exploredStore(world, atOnce);
  return { documents, read: (now = 10) => readFeedState(documents, sealer, 'social', now), stored: () => world.state.all(CURSORS) }; // biome-ignore format: one look
};

test('no cursor stands in the store in clear, each source has its own, and only our key opens them', async () => {
  const { documents, read, stored } = rig();
  assert.equal(await moveFeed({ documents, sealer }, await read(), 'person', { cursor: CURSOR }, 5_000, 20), true);
  const second = { cursor: 'log-9', silent: true };
  assert.equal(await moveFeed({ documents, sealer }, await read(), 'log', second, 6_000, 30), true);
  assert.deepEqual((await read()).sources, { person: { cursor: CURSOR }, log: second });
  assert.doesNotMatch(JSON.stringify(stored()), /7731|after|log-9|silent|person/);
  assert.equal(stored().length, 1);
  await assert.rejects(readFeedState(documents, createTestSealer('b'), 'social', 40), /another key/);
});

test('of two who read the same page one moves the feed, and the other sees it', async () => {
  const { documents, read } = rig();
  const [one, other] = [await read(), await read()];
  assert.equal(await isUnmoved(documents, one), true);
  assert.equal(await moveFeed({ documents, sealer }, one, 'person', { cursor: 'one' }, 1, 20), true);
  assert.equal(await isUnmoved(documents, other), false);
  assert.equal(await moveFeed({ documents, sealer }, other, 'person', { cursor: 'other' }, 2, 20), false);
  assert.deepEqual((await read()).sources, { person: { cursor: 'one' } });
});

test('the place of a page is above all before, and grows with the time', async () => {
  const { documents, read } = rig();
  assert.equal(nextPosition(await read(), 10), 10_000);
  await moveFeed({ documents, sealer }, await read(), 'person', { cursor: 'c' }, 25_000, 20);
  assert.equal(nextPosition(await read(), 20), 25_001, 'a clock that stands still, or goes back');
  assert.equal(nextPosition(await read(), 26), 26_000);
});
