import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Budget } from '../../src/limits/limiter.ts';
import { createRedisLimiter } from '../../src/limits/redis.ts';
import { limiterSuite } from '../contract/limiter.suite.ts';
import { freePort } from '../support/local-server.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { startRedis } from '../support/servers.ts';
import { startRelay } from '../support/tcp-relay.ts';

const server = await startRedis();
const skip = server === undefined;
after(() => server?.[Symbol.asyncDispose]());
const url = server?.url ?? '';
const minute = (points: number, more: Pick<Budget, 'window'> = {}) => [
  { key: randomUUID() as string, points, windowSeconds: 60, ...more },
];
/** Redis on a key that stays; one that is gone meanwhile has had its end. */
const NO_END = -1;
const KINDS: readonly Pick<Budget, 'window'>[] = [{}, { window: 'first-hit' }];

/** Waits for what should come by itself. */
const eventually = async (check: () => Promise<boolean>, what: string): Promise<void> => {
  const until = performance.now() + 5_000;
  while (!(await check())) {
    if (performance.now() > until) assert.fail(`${what} did not come`);
    await pause(50);
  }
};

if (server !== undefined) limiterSuite('Redis', () => createRedisLimiter({ url, replicas: 1, log: recordedLog().log }));

describe('the Redis limiter', { skip }, () => {
  it('shares its counters between processes', async () => {
    const { log } = recordedLog();
    const [one, two] = await Promise.all([
      createRedisLimiter({ url, replicas: 2, log }),
      createRedisLimiter({ url, replicas: 2, log }),
    ]);
    const budgets = minute(4);
    for (const limiter of [one, two, one, two]) assert.equal((await limiter.take(budgets, 1)).allowed, true);
    for (const limiter of [one, two]) assert.equal((await limiter.take(budgets, 1)).allowed, false);
    await Promise.all([one.close(), two.close()]);
  });

  it('asks for minute and day in one round trip', async (t) => {
    const limiter = await createRedisLimiter({ url, replicas: 1, log: recordedLog().log });
    const redis = new Redis(url);
    t.after(() => redis.disconnect());
    const budgets = [...minute(100), { key: randomUUID() as string, points: 100, windowSeconds: 86_400 }];
    await limiter.take(budgets, 1); // brings the script there
    const monitor = await redis.monitor();
    t.after(() => monitor.disconnect());
    const ours = budgets.map(({ key }) => key);
    const asked: string[] = [];
    // The server may be shared: only commands that name our counters count, whatever they are.
    monitor.on('monitor', (_time, [name = '', ...args]: string[], source: string) => {
      if (source !== 'lua' && args.some((arg) => ours.some((key) => arg.includes(key)))) asked.push(name);
    });
    for (let i = 0; i < 5; i++) await limiter.take(budgets, 1);
    await redis.echo(`end ${ours[0]}`);
    await eventually(async () => asked.includes('echo'), 'the end of the record');
    await limiter.close();
    assert.deepEqual(asked, [...Array.from({ length: 5 }, () => 'evalsha'), 'echo']);
  });

  it('leaves no counter without an end', async (t) => {
    const limiter = await createRedisLimiter({ url, replicas: 1, log: recordedLog().log });
    await limiter.take(minute(5), 1);
    await limiter.charge(minute(5), 9);
    await limiter.take(minute(5, { window: 'first-hit' }), 1);
    await limiter.charge(minute(5, { window: 'first-hit' }), 9);
    await limiter.peek(minute(5));
    await limiter.close();
    const redis = new Redis(url);
    t.after(() => redis.disconnect());
    const keys = await redis.keys('dci:limit:*');
    assert.ok(keys.length > 0);
    for (const key of keys) assert.notEqual(await redis.pttl(key), NO_END, key);
  });

  for (const kind of KINDS) {
    it(`counts in memory, by its part of the points, while Redis is down, says so once, and comes back by itself (${kind.window ?? 'sliding'})`, async (t) => {
      await using relay = await startRelay(url);
      const { log, lines } = recordedLog();
      const limiter = await createRedisLimiter({ url: `redis://127.0.0.1:${relay.port}`, replicas: 2, log });
      t.after(() => limiter.close());
      const budgets = minute(10, kind);
      assert.equal((await limiter.take(budgets, 1)).allowed, true);
      await relay.cut();
      let passed = 0;
      for (let i = 0; i < 20; i++) if ((await limiter.take(budgets, 1)).allowed) passed++;
      assert.equal(passed, 5);
      assert.equal((await limiter.peek(budgets)).allowed, false);
      await limiter.charge(budgets, 1);
      assert.equal(lines.filter(({ level }) => level === 'warn').length, 1);
      await relay.mend();
      await eventually(async () => (await limiter.take(budgets, 1)).allowed, 'Redis');
      assert.equal(lines.filter(({ message }) => message === 'redis answers again').length, 1);
      assert.ok(!JSON.stringify(lines).includes('127.0.0.1'));
      await limiter.close();
    });
  }

  for (const kind of KINDS) {
    it(`does not let a Redis that hangs slow every call (${kind.window ?? 'sliding'})`, async (t) => {
      await using relay = await startRelay(url);
      const limiter = await createRedisLimiter({
        url: `redis://127.0.0.1:${relay.port}`,
        replicas: 1,
        log: recordedLog().log,
      });
      t.after(() => limiter.close());
      const budgets = minute(1000, kind);
      await limiter.take(budgets, 1);
      relay.hold();
      const started = performance.now();
      for (let i = 0; i < 20; i++) assert.equal((await limiter.take(budgets, 1)).allowed, true);
      const took = performance.now() - started;
      relay.release();
      assert.ok(took > 50 && took < 400, `20 calls took ${took} ms`);
      await limiter.close();
    });
  }

  it('asks once for a window that begins with the first call, and not at all once it is used up', async (t) => {
    const limiter = await createRedisLimiter({ url, replicas: 1, log: recordedLog().log });
    const redis = new Redis(url);
    t.after(() => redis.disconnect());
    const budgets = minute(3, { window: 'first-hit' });
    await limiter.take(budgets, 1); // brings the script there
    const monitor = await redis.monitor();
    t.after(() => monitor.disconnect());
    const asked: string[] = [];
    monitor.on('monitor', (_time, [name = '', ...args]: string[], source: string) => {
      if (source !== 'lua' && args.some((arg) => arg.includes(budgets[0]?.key ?? '-'))) asked.push(name);
    });
    for (let i = 0; i < 20; i++) assert.equal((await limiter.take(budgets, 1)).allowed, i < 2);
    await redis.echo(`end ${budgets[0]?.key}`);
    await eventually(async () => asked.includes('echo'), 'the end of the record');
    await limiter.close();
    assert.deepEqual(asked, ['evalsha', 'evalsha', 'evalsha', 'echo']);
  });

  it('starts without Redis', async () => {
    const { log, lines } = recordedLog();
    const limiter = await createRedisLimiter({ url: `redis://127.0.0.1:${await freePort()}`, replicas: 1, log });
    const budgets = minute(1);
    assert.equal((await limiter.take(budgets, 1)).allowed, true);
    assert.equal((await limiter.take(budgets, 1)).allowed, false);
    assert.equal(lines.length, 1);
    await limiter.close();
  });
});
