/** What may be started while a lane is held: only what is over well before another may take it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldLease } from '../../src/jobs/held-lease.ts';
import type { Lanes, Lease } from '../../src/store/documents.ts';

const LEASE_MS = 30_000;
const MARGIN_MS = 5_000;

const rig = () => {
  const world = { now: 0, renewed: 0, taken: false, takesMs: 0 };
  const lease: Lease = { lane: 'l', owner: 'o', token: 't', wakes: 0 };
  const lanes = {
    renew: async () => {
      world.renewed += 1;
      world.now += world.takesMs;
      return world.taken ? undefined : { ...lease, wakes: world.renewed };
    },
    release: async () => (world.taken ? 'lost' : 'released'),
  } as unknown as Lanes; // nothing else is called
  const closing = new AbortController();
  const options = { lanes, lease, leaseMs: LEASE_MS, monotonic: () => world.now, takenAt: 0, closing: closing.signal };
  return { world, closing, held: new HeldLease(options) };
};

test('work that fits is started without a call; at the margin the lease is renewed first', async () => {
  const { world, held } = rig();
  world.now = LEASE_MS - MARGIN_MS - 10_000;
  assert.equal(await held.mayStart(10_000), true);
  assert.equal(world.renewed, 0);
  world.now += 1;
  assert.equal(await held.mayStart(10_000), true);
  assert.equal(world.renewed, 1);
  world.now += LEASE_MS - MARGIN_MS - 10_000;
  assert.equal(await held.mayStart(10_000), true);
  assert.equal(world.renewed, 1, 'from when it was renewed');
});

test('a renewal that took long counts from when it was asked for', async () => {
  const { world, held } = rig();
  world.now = LEASE_MS - 1;
  world.takesMs = LEASE_MS - MARGIN_MS - 9_999;
  assert.equal(await held.mayStart(10_000), false);
  assert.equal(held.lost, false);
});

test('it is renewed once for all who ask at the same time', async () => {
  const { world, held } = rig();
  world.now = LEASE_MS - 1;
  assert.deepEqual(await Promise.all([held.mayStart(1), held.mayStart(1), held.mayStart(1)]), [true, true, true]);
  assert.equal(world.renewed, 1);
});

test('it is over at its end, not before, and prolonged by each look', async () => {
  const { world, held } = rig();
  world.now = LEASE_MS - 1;
  assert.equal(held.over, false);
  world.now += 1;
  assert.equal(held.over, true);
  assert.equal(await held.beforeLook(), true);
  assert.equal(held.over, false);
  world.now += LEASE_MS;
  assert.equal(held.over, true);
});

test('once another took the lane nothing is started and nobody is asked again', async () => {
  const { world, held } = rig();
  world.now = LEASE_MS;
  world.taken = true;
  assert.equal(await held.mayStart(1), false);
  assert.equal(held.lost, true);
  assert.equal(await held.mayStart(1), false);
  assert.equal(world.renewed, 1);
  const looking = rig();
  looking.world.taken = true;
  assert.equal(await looking.held.beforeLook(), false);
  assert.equal(looking.held.lost, true);
  const releasing = rig();
  releasing.world.taken = true;
  assert.equal(await releasing.held.release(undefined), 'lost');
  assert.equal(releasing.held.lost, true);
});

test('a gateway that closes starts nothing; work longer than the lease is a mistake', async () => {
  const { world, closing, held } = rig();
  await assert.rejects(held.mayStart(LEASE_MS - MARGIN_MS + 1), TypeError);
  assert.equal(await held.mayStart(LEASE_MS - MARGIN_MS), true);
  closing.abort();
  assert.equal(await held.mayStart(1), false);
  assert.equal(world.renewed, 0);
});
