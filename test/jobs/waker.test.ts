import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../../src/errors.ts';
import type { LaneCall, LaneHandler, Look } from '../../src/jobs/jobs.ts';
import { createWaker, type WakerOptions } from '../../src/jobs/waker.ts';
import { BackendError } from '../../src/plugin.ts';
import { StoreError } from '../../src/store/store.ts';
import { atOnce, createWorld, exploredStore, type Step, type World } from '../support/explored-store.ts';
import { recordedLog } from '../support/recorded-log.ts';

const NOTHING: Look = { more: false, nextDueInMs: undefined };

const wakerOf = (deliver: LaneHandler, world: World = createWorld(), options: Partial<WakerOptions> = {}) => {
  const { lanes } = exploredStore(world, atOnce, String(Math.random()));
  const { log, lines } = recordedLog();
  const jobs = createWaker({ lanes, handlers: { deliver }, owner: 'a', log, ...options });
  return { jobs, lanes, lines };
};

test('a wake-up starts the lane at once, and a wake-up while it runs makes it look again', async () => {
  let looks = 0;
  let release = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { jobs, lanes } = wakerOf(async () => {
    looks += 1;
    if (looks === 1) await first;
    return NOTHING;
  });
  await lanes.wake('deliver:a:x', 0);
  jobs.wake('deliver:a:x');
  await sleep(5);
  assert.equal(looks, 1);
  await lanes.wake('deliver:a:x', 0);
  jobs.wake('deliver:a:x');
  release();
  await jobs.idle();
  assert.ok(looks >= 2);
});

test('a lane that waits holds up no other, and those over the limit get their turn', async () => {
  const running = new Set<string>();
  const seen: string[] = [];
  let most = 0;
  const { jobs, lanes } = wakerOf(
    async ({ lane }: LaneCall) => {
      running.add(lane);
      most = Math.max(most, running.size);
      await sleep(lane.endsWith('slow') ? 200 : 1);
      running.delete(lane);
      seen.push(lane);
      return NOTHING;
    },
    createWorld(),
    { lanesAtOnce: { deliver: 2 } },
  );
  for (const name of ['slow', 'b', 'c', 'd']) {
    await lanes.wake(`deliver:${name}`, 0);
    jobs.wake(`deliver:${name}`);
  }
  await jobs.idle();
  assert.equal(most, 2);
  assert.deepEqual(seen, ['deliver:b', 'deliver:c', 'deliver:d', 'deliver:slow']);
});

test('however many lanes of one kind wait their turn, a lane of another kind that is due is found', async () => {
  let release = (): void => undefined;
  const stuck = new Promise<void>((resolve) => {
    release = resolve;
  });
  const delivered: string[] = [];
  const world = createWorld();
  const { jobs, lanes } = wakerOf(async () => NOTHING, world, {
    lanesAtOnce: { decide: 2 },
    handlers: {
      deliver: async ({ lane }) => {
        delivered.push(lane);
        return NOTHING;
      },
      decide: async () => {
        await stuck;
        return NOTHING;
      },
    },
  });
  for (let n = 0; n < 500; n++) await lanes.wake(`decide:${n}`, 0);
  await lanes.wake('deliver:late', 1);
  world.now += 10;
  for (let turns = 0; turns < 5; turns++) {
    await jobs.wakeDue();
    await sleep(5);
  }
  assert.deepEqual(delivered, ['deliver:late']);
  release();
  await jobs.idle();
});

test('a lane whose work has no end, woken all the time, gives way to those that wait their turn', async () => {
  const seen: string[] = [];
  const { jobs, lanes } = wakerOf(
    async ({ lane }): Promise<Look> => {
      seen.push(lane);
      if (lane !== 'deliver:endless') return NOTHING;
      jobs.wake(lane);
      await sleep(2);
      return { more: seen.length < 200, nextDueInMs: undefined };
    },
    createWorld(),
    { lanesAtOnce: { deliver: 1 }, turnMs: 10 },
  );
  for (const name of ['endless', 'b', 'c']) {
    await lanes.wake(`deliver:${name}`, 0);
    jobs.wake(`deliver:${name}`);
  }
  await sleep(150);
  await jobs.close();
  assert.ok(seen.includes('deliver:b') && seen.includes('deliver:c'));
  assert.ok(seen.lastIndexOf('deliver:endless') > seen.indexOf('deliver:c'), 'and goes on after them');
});

test('two processes never have one lane, and what the first leaves is done by the other', async () => {
  const world = createWorld(1_000);
  const owners: string[] = [];
  const handler = (name: string) => async () => {
    owners.push(name);
    await sleep(20);
    return NOTHING;
  };
  const [one, two] = [wakerOf(handler('one'), world), wakerOf(handler('two'), world)];
  await one.lanes.wake('deliver:a', 0);
  one.jobs.wake('deliver:a');
  two.jobs.wake('deliver:a');
  await Promise.all([one.jobs.idle(), two.jobs.idle()]);
  assert.equal(owners.length, 1);
  await one.lanes.wake('deliver:a', 500);
  await two.jobs.wakeDue();
  await two.jobs.idle();
  assert.equal(owners.length, 1, 'not yet due');
  world.now += 500;
  await two.jobs.wakeDue();
  await two.jobs.idle();
  assert.deepEqual(owners, [owners[0], 'two']);
});

test('a lane that fails is logged, given back and due again a few seconds later', async () => {
  const world = createWorld(1_000);
  const { jobs, lanes, lines } = wakerOf(() => Promise.reject(new TypeError('broken')), world);
  const later: number[] = [];
  jobs.onLater((inMs) => void later.push(inMs));
  await lanes.wake('deliver:a', 0);
  jobs.wake('deliver:a');
  await jobs.idle();
  assert.deepEqual([lines[0]?.message, lines[0]?.fields.lane], ['lane failed', 'deliver:a']);
  assert.deepEqual(later, [5_000]);
  assert.equal(await lanes.nextDueInMs(), 5_000);
});

test('a lane whose registry does not answer is told in one line, seldom again, and that it goes on', async () => {
  const world = createWorld(1_000);
  let now = 0;
  let cause: Error | undefined = new BackendError('unavailable', 'no route', { cause: new TypeError('deep') });
  const feed: LaneHandler = async () => {
    if (cause !== undefined) throw cause;
    return NOTHING;
  };
  const { jobs, lanes, lines } = wakerOf(feed, world, { handlers: { feed, decide: feed }, monotonic: () => now });
  const run = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) {
      await lanes.wake(name, 0);
      jobs.wake(name);
    }
    await jobs.idle();
  };
  await run('feed:social', 'feed:civil', 'decide:SUB-1', 'decide:SUB-2');
  for (let times = 0; times < 5; times++) await run('feed:social');
  const detail = 'backend: no route';
  const waits = [{ lane: 'feed:social', detail }, { lane: 'feed:civil', detail }, { kind: 'decide', detail }]; // biome-ignore format: one look
  assert.deepEqual(
    lines,
    waits.map((fields) => ({ level: 'warn', message: 'lane waits', fields })),
  );
  now += 600_000;
  const notReached = 'the backend was not reached yet';
  cause = new GatewayError('service.unavailable', { detail: notReached });
  await run('feed:social');
  assert.deepEqual(
    lines.slice(3).map(({ fields }) => fields),
    [{ lane: 'feed:social', detail: notReached }],
  );
  cause = undefined;
  await run('feed:social', 'feed:social');
  assert.deepEqual(
    lines.slice(4).map(({ message, fields }) => [message, fields]),
    [['lane goes on', { lane: 'feed:social' }]],
  );
  cause = new TypeError('broken');
  await run('feed:social');
  assert.deepEqual([lines[5]?.message, lines[5]?.fields.cause], ['lane failed', cause]);
});

test('a lane whose store fails under it is given back as soon as the store takes it, long before its lease ends', async () => {
  const world = createWorld(1_000);
  let full = false;
  const step: Step = (_name, work) =>
    full ? Promise.reject(new StoreError('the disk is full')) : Promise.resolve().then(work);
  const { lanes } = exploredStore(world, step);
  const { log, lines } = recordedLog();
  let looks = 0;
  const deliver: LaneHandler = async () => {
    looks += 1;
    full = looks === 1;
    if (full) throw new StoreError('the disk is full');
    return NOTHING;
  };
  const jobs = createWaker({ lanes, handlers: { deliver }, owner: 'a', log, leaseMs: 60_000 });
  const later: number[] = [];
  jobs.onLater((inMs) => void later.push(inMs));
  await lanes.wake('deliver:a', 0);
  jobs.wake('deliver:a');
  await sleep(50);
  assert.equal(lines.at(-1)?.message, 'lane waits for the store');
  jobs.wake('deliver:a'); // nothing more runs meanwhile
  await sleep(50);
  assert.equal(looks, 1);
  full = false;
  const began = performance.now();
  await jobs.idle();
  assert.ok(performance.now() - began < 3_000, 'within seconds');
  assert.equal(later[0], 1_000);
  assert.equal(looks, 2, 'the wake-up that came meanwhile is answered');
  assert.equal(await lanes.nextDueInMs(), undefined);
});

test('closing does not wait for a store that fails', async () => {
  const world = createWorld(1_000);
  let away = false;
  const step: Step = (_name, work) => (away ? Promise.reject(new StoreError('away')) : Promise.resolve().then(work));
  const { lanes } = exploredStore(world, step);
  const deliver: LaneHandler = async () => {
    away = true;
    throw new StoreError('away');
  };
  const jobs = createWaker({ lanes, handlers: { deliver }, owner: 'a', log: recordedLog().log });
  await lanes.wake('deliver:a', 0);
  jobs.wake('deliver:a');
  await sleep(20);
  const began = performance.now();
  await jobs.close();
  assert.ok(performance.now() - began < 500);
});

test('closing waits for what runs, starts nothing more, and leaves the rest due', async () => {
  let ended = false;
  const { jobs, lanes } = wakerOf(async ({ held }) => {
    await sleep(30);
    assert.equal(await held.mayStart(10), false);
    ended = true;
    return { more: true, nextDueInMs: undefined };
  });
  await lanes.wake('deliver:a', 0);
  jobs.wake('deliver:a');
  await sleep(5);
  await jobs.close();
  assert.ok(ended);
  assert.deepEqual(await lanes.due(10), ['deliver:a']);
  jobs.wake('deliver:a');
  await jobs.idle();
});

test('nothing is started that the lease does not outlast, and a lost lease ends the work', async () => {
  const world = createWorld(1_000);
  const answers: boolean[] = [];
  const { jobs, lanes } = wakerOf(
    async ({ held }) => {
      answers.push(await held.mayStart(10_000));
      world.now += 50_000; // asleep: 10 s are left, which is renewed
      answers.push(await held.mayStart(10_000));
      world.now += 61_000; // asleep past the lease, and another takes the lane
      await lanes.take('deliver:a', 'other', 60_000);
      answers.push(await held.mayStart(10_000), held.lost);
      return { more: true, nextDueInMs: undefined };
    },
    world,
    { monotonic: () => world.now },
  );
  await lanes.wake('deliver:a', 0);
  jobs.wake('deliver:a');
  await jobs.idle();
  assert.deepEqual(answers, [true, true, false, true]);
});
