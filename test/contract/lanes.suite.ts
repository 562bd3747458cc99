/** What every adapter of `Lanes` keeps to. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Documents, type Lanes, type Lease, wakeOf } from '../../src/store/documents.ts';
import { AT_ONCE, ODD_TEXTS, times } from './store-subject.ts';

export interface LanesSubject extends AsyncDisposable {
  readonly lanes: Lanes;
  readonly documents: Documents;
  /** The store's clock goes on by this. */
  pass(ms: number): Promise<void>;
  /** Another replica on the same data whose own clock is off by so much. Absent where the store is one process's. */
  readonly another?: (clockOffMs: number) => Promise<Lanes>;
}

export type MakeLanes = () => Promise<LanesSubject>;

/** Long beside the time of a call, short beside a test's patience: on some stores it really passes. */
const LEASE_MS = 800;
const LONG_MS = 60_000;
const SKEW_MS = 40_000;

const taken = async (lanes: Lanes, lane: string, forMs = LONG_MS): Promise<Lease> => {
  const lease = await lanes.take(lane, 'me', forMs);
  assert.ok(lease, `${lane} was not to be had`);
  return lease;
};

export const lanesSuite = (name: string, make: MakeLanes): void => {
  describe(`the Lanes contract on ${name}`, () => {
    leases(make);
    wakeUps(make);
    dueLanes(make);
    clocks(make);
  });
};

const leases = (make: MakeLanes): void => {
  it('gives a lane to one of fifty, and to no other while the lease lives', async () => {
    await using made = await make();
    const { lanes } = made;
    assert.equal(await lanes.take('lane', 'me', LONG_MS), undefined, 'it was never woken');
    await lanes.wake('lane', 0);
    const all = await Promise.all(times(AT_ONCE, (i) => lanes.take('lane', `worker ${i}`, LONG_MS)));
    const [lease, ...more] = all.filter((each) => each !== undefined);
    assert.ok(lease);
    assert.deepEqual(more, []);
    assert.equal(lease.owner, `worker ${all.indexOf(lease)}`);
    assert.equal(await lanes.take('lane', lease.owner, LONG_MS), undefined, 'its owner is no exception');
    assert.equal(await lanes.release(lease, undefined), 'released');
    assert.ok(await lanes.take('lane', 'next', LONG_MS));
  });

  it('gives a lane to another once its lease has ended, and the first owner learns it', async () => {
    await using made = await make();
    const { lanes } = made;
    await lanes.wake('lane', 0);
    const first = await taken(lanes, 'lane', LEASE_MS);
    await made.pass(LEASE_MS + 50);
    const second = await taken(lanes, 'lane');
    assert.equal(await lanes.renew(first, LONG_MS), undefined);
    assert.equal(await lanes.release(first, undefined), 'lost');
    assert.ok(await lanes.renew(second, LONG_MS), 'what the first did changed nothing');
    assert.equal(await lanes.release(second, undefined), 'released');
    assert.equal(await lanes.release(second, undefined), 'lost');
    assert.equal(await lanes.renew(second, LONG_MS), undefined);
  });

  it('prolongs a lease from now on, even one that ended if nobody took the lane', async () => {
    await using made = await make();
    const { lanes } = made;
    await lanes.wake('lane', 0);
    const lease = await taken(lanes, 'lane', LEASE_MS);
    assert.ok(await lanes.renew(lease, LONG_MS));
    await made.pass(LEASE_MS + 50);
    assert.equal(await lanes.take('lane', 'other', LONG_MS), undefined);
    assert.ok(await lanes.renew(lease, 1));
    await made.pass(50);
    assert.ok(await lanes.renew(lease, LONG_MS));
    assert.equal(await lanes.take('lane', 'other', LONG_MS), undefined);
  });

  it('keeps lanes with quotes, dots, dollars and letters of every script apart', async () => {
    await using made = await make();
    const { lanes } = made;
    for (const text of ODD_TEXTS) await lanes.wake(text, 0);
    for (const text of ODD_TEXTS) assert.equal((await taken(lanes, text)).lane, text);
    await lanes.wake('$other', 0);
    assert.deepEqual(await lanes.due(99), ['$other']);
  });
};

const wakeUps = (make: MakeLanes): void => {
  it('does not release a lane that was woken after the last look', async () => {
    await using made = await make();
    const { lanes, documents } = made;
    await lanes.wake('lane', 0);
    const first = await taken(lanes, 'lane');
    await lanes.wake('lane', 0);
    assert.equal(await lanes.release(first, undefined), 'again');
    assert.equal(await lanes.take('lane', 'other', LONG_MS), undefined, 'it is still owned');
    const second = await lanes.renew(first, LONG_MS);
    assert.ok(second && second.wakes > first.wakes);
    assert.equal(second.token, first.token);
    await documents.apply([wakeOf('lane', 0)]);
    assert.equal(await lanes.release(second, undefined), 'again');
    const third = await lanes.renew(second, LONG_MS);
    assert.ok(third);
    assert.equal(await lanes.release(third, undefined), 'released');
    assert.deepEqual(await lanes.due(9), []);
  });

  it('lets a wake-up and a release of the same moment never both pass unseen', async () => {
    await using made = await make();
    const { lanes } = made;
    for (let round = 0; round < 20; round++) {
      await lanes.wake('lane', 0);
      const lease = await taken(lanes, 'lane');
      const [outcome] = await Promise.all([lanes.release(lease, undefined), lanes.wake('lane', 0)]);
      if (outcome === 'released') assert.deepEqual(await lanes.due(9), ['lane'], 'the wake-up came after');
      else {
        assert.equal(outcome, 'again');
        const renewed = await lanes.renew(lease, LONG_MS);
        assert.ok(renewed);
        assert.equal(await lanes.release(renewed, undefined), 'released');
      }
    }
  });

  it('takes fifty wake-ups of one moment', async () => {
    await using made = await make();
    const { lanes } = made;
    await lanes.wake('lane', LONG_MS);
    const lease = await taken(lanes, 'lane');
    await Promise.all(times(AT_ONCE, (i) => lanes.wake('lane', i === 20 ? 0 : LONG_MS)));
    assert.equal(await lanes.release(lease, undefined), 'again');
    const renewed = await lanes.renew(lease, 1);
    assert.ok(renewed && renewed.wakes > lease.wakes);
    await made.pass(50);
    assert.deepEqual(await lanes.due(9), ['lane'], 'the earliest of the fifty counts');
  });
};

const dueLanes = (make: MakeLanes): void => {
  it('tells which lanes are due, the longest due first, without those that are owned', async () => {
    await using made = await make();
    const { lanes } = made;
    assert.deepEqual(await lanes.due(9), []);
    assert.equal(await lanes.nextDueInMs(), undefined);
    await lanes.wake('third', 600);
    await lanes.wake('second', 300);
    await lanes.wake('first', 0);
    await lanes.wake('late', LONG_MS);
    await lanes.wake('owned', 0);
    await taken(lanes, 'owned');
    await made.pass(650);
    assert.deepEqual(await lanes.due(9), ['first', 'second', 'third']);
    assert.deepEqual(await lanes.due(2), ['first', 'second']);
    assert.equal(await lanes.nextDueInMs(), 0);
  });

  it('keeps the earlier of two times, and takes the one given at release for the next', async () => {
    await using made = await make();
    const { lanes } = made;
    await lanes.wake('lane', LONG_MS);
    await lanes.wake('lane', LONG_MS * 2);
    const inMs = await lanes.nextDueInMs();
    assert.ok(inMs !== undefined && inMs > LONG_MS - 5_000 && inMs <= LONG_MS, `${inMs}`);
    await lanes.wake('lane', 0);
    const lease = await taken(lanes, 'lane');
    assert.equal(await lanes.nextDueInMs(), undefined, 'its owner knows');
    assert.equal(await lanes.release(lease, 300), 'released');
    assert.deepEqual(await lanes.due(9), []);
    const next = await lanes.nextDueInMs();
    assert.ok(next !== undefined && next <= 300, `${next}`);
    await made.pass(350);
    assert.deepEqual(await lanes.due(9), ['lane']);
    assert.equal(await lanes.release(await taken(lanes, 'lane'), undefined), 'released');
    assert.equal(await lanes.nextDueInMs(), undefined);
  });

  it('forgets lanes that are idle, and none that is owned or will be due', async () => {
    await using made = await make();
    const { lanes } = made;
    for (const lane of ['idle', 'again', 'owned', 'due', 'later']) await lanes.wake(lane, lane === 'later' ? LONG_MS : 0); // biome-ignore format: one look
    for (const lane of ['idle', 'again']) assert.equal(await lanes.release(await taken(lanes, lane), undefined), 'released'); // biome-ignore format: one look
    const lease = await taken(lanes, 'owned');
    assert.equal(await lanes.forgetIdle(), 2);
    assert.equal(await lanes.forgetIdle(), 0);
    assert.equal(await lanes.take('idle', 'me', LONG_MS), undefined, 'as one that was never woken');
    await lanes.wake('again', 0);
    assert.ok(await lanes.take('again', 'me', LONG_MS));
    assert.deepEqual(await lanes.due(9), ['due']);
    const inMs = await lanes.nextDueInMs();
    assert.equal(inMs, 0);
    assert.equal(await lanes.release(lease, undefined), 'released');
  });

  it('leaves a lane due whose owner died', async () => {
    await using made = await make();
    const { lanes } = made;
    await lanes.wake('lane', 0);
    await taken(lanes, 'lane', LEASE_MS);
    assert.deepEqual(await lanes.due(9), []);
    await made.pass(LEASE_MS + 50);
    assert.deepEqual(await lanes.due(9), ['lane']);
    assert.equal(await lanes.nextDueInMs(), 0);
  });
};

const clocks = (make: MakeLanes): void => {
  for (const off of [SKEW_MS, -SKEW_MS]) {
    it(`goes by the store's clock where a replica's is ${off / 1000} s off`, async (t) => {
      await using made = await make();
      if (made.another === undefined) return t.skip('one process serves from this store');
      const other = await made.another(off);
      await made.lanes.wake('lane', 0);
      const lease = await taken(made.lanes, 'lane', LEASE_MS);
      assert.equal(await other.take('lane', 'other', LONG_MS), undefined, 'a live lease');
      assert.deepEqual(await other.due(9), []);
      await made.pass(LEASE_MS + 50);
      assert.deepEqual(await other.due(9), ['lane']);
      const second = await taken(other, 'lane', LEASE_MS);
      assert.equal(await made.lanes.take('lane', 'me', LONG_MS), undefined);
      assert.equal(await made.lanes.renew(lease, LONG_MS), undefined);
      await made.pass(LEASE_MS + 50);
      assert.equal(await other.release(second, 100), 'released');
      const inMs = await made.lanes.nextDueInMs();
      assert.ok(inMs !== undefined && inMs <= 100, `${inMs}`);
      await other.wake('later', LONG_MS);
      assert.deepEqual(
        (await made.lanes.due(9)).filter((lane) => lane === 'later'),
        [],
      );
    });
  }
};
