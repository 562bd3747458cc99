/** MongoDB or Redis is away under load: refused meanwhile, or served from memory; recovery by itself; nothing accepted is lost. */

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/local-server.ts';
import { newDatabaseName, startMongo } from '../support/mongo.ts';
import { startRedis } from '../support/servers.ts';
import { gatewayProcess } from '../support/storm/gateway-process.ts';
import { assertCallbacks, assertNotifications, toldTo } from '../support/storm/nothing-lost.ts';
import { searchEnvelope, stormClient } from '../support/storm/storm-client.ts';
import { assertStatusTrue, comeToRest, replayAll } from '../support/storm/storm-end.ts';
import { bothDone, runLoad, subscribeAll } from '../support/storm/storm-load.ts';
import { stormWorld } from '../support/storm/storm-world.ts';

const SEARCHES = Number(process.env.STORM_SEARCHES ?? 150);
const SUBSCRIPTIONS = 6;
const CHANGES = 20;
const OVER_MS = Number(process.env.STORM_MS ?? 30_000);
const OUTAGES = 3;

const mongo = await startMongo({ own: true });
const redis = await startRedis();
after(async () => {
  await mongo?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

test('MongoDB ends and comes back under load: 503 meanwhile, recovery by itself, nothing accepted is lost', {
  timeout: 600_000,
  skip: mongo === undefined,
}, async () => {
  assert.ok(mongo);
  const began = Date.now();
  const store = {
    mongodb: { url: mongo.url, database: newDatabaseName() },
    encryption_key: randomBytes(32).toString('base64'),
  };
  await using world = await stormWorld({ store });
  await using gateway = gatewayProcess(world.config, await freePort());
  await gateway.start();
  const pid = gateway.pid();
  const client = stormClient([gateway.url], world.key);
  const subscribed = await subscribeAll(world, client, SUBSCRIPTIONS);
  const uri = `${world.receivers[0]?.origin}/searches`;

  const outages = async (): Promise<void> => {
    for (let outage = 0; outage < OUTAGES; outage++) {
      await sleep(OVER_MS / OUTAGES / 3);
      await mongo.stop();
      const refused = await client.once('/search', searchEnvelope(randomUUID(), '10000000', uri));
      assert.equal(refused.status, 503, refused.text);
      assert.match(refused.text, /err\.service\.unavailable/);
      await sleep(OVER_MS / OUTAGES / 4);
      await mongo.restart();
    }
  };
  const load = runLoad(world, client, { searches: SEARCHES, changes: CHANGES, overMs: OVER_MS });
  const [{ searches, names }] = await bothDone(load, outages());
  assert.ok((client.seen.get(503) ?? 0) > 0, 'requests were refused meanwhile');

  const transactions = [...searches.keys()];
  const rest = {
    transactions,
    notifications: SUBSCRIPTIONS * CHANGES,
    withinMs: Number(process.env.STORM_WITHIN_MS ?? 300_000),
  };
  await comeToRest(world, client, rest);
  await replayAll(world, began);
  await comeToRest(world, client, rest);
  assert.equal(gateway.pid(), pid, 'the same process');
  const told = toldTo(world.receivers);
  // A request that was refused because its write was not confirmed may have been accepted all the same: it was repeated.
  assertCallbacks(told, 'on-search', transactions);
  assertCallbacks(told, 'on-subscribe', subscribed.transactions);
  assertNotifications(told, subscribed.codes, names);
  await assertStatusTrue(world, client, transactions);
  console.log(
    `MongoDB away ${OUTAGES} times: ${searches.size} searches and ${rest.notifications} notifications, answers ${JSON.stringify([...client.seen])}, ${Math.round((Date.now() - began) / 1000)} s`,
  );
});

/** False: a busy machine made Redis too slow before it ended, so that memory had counted some already. */
const redisEnds = async (): Promise<boolean> => {
  assert.ok(redis);
  const perMinute = 40;
  await redis.stop(); // what was counted before
  await redis.restart();
  await using world = await stormWorld({ limits: { redis: redis.url, replicas: 4, per_minute: perMinute } });
  await using gateway = gatewayProcess(world.config, await freePort());
  await gateway.start();
  const client = stormClient([gateway.url], world.key);
  const uri = `${world.receivers[0]?.origin}/searches`;
  const statuses = async (count: number): Promise<readonly number[]> => {
    const seen: number[] = [];
    for (let index = 0; index < count; index++)
      seen.push((await client.once('/search', searchEnvelope(randomUUID(), '10000000', uri))).status);
    return seen;
  };
  const before = await statuses(15);
  if (gateway.output().includes('redis does not answer')) return false;
  assert.deepEqual(before, Array(15).fill(202));
  await redis.stop();
  // Ten are a replica's part of forty.
  const away = await statuses(14);
  assert.deepEqual(away.slice(0, 10), Array(10).fill(202), 'served, counted in memory');
  assert.deepEqual(away.slice(11), Array(3).fill(429), 'a part of the limit');
  await redis.restart(); // it comes back empty
  const until = performance.now() + 20_000;
  let answer = 429;
  while (answer !== 202 && performance.now() < until) {
    await sleep(500);
    [answer = 0] = await statuses(1);
  }
  assert.equal(answer, 202, 'counted in Redis again');
  assert.deepEqual(await statuses(25), Array(25).fill(202), 'more than this replica would allow by itself');
  return true;
};

test('Redis ends and comes back: requests are served, limits are counted in memory, then together again', {
  timeout: 240_000,
  skip: redis === undefined,
}, async () => {
  for (let tries = 1; !(await redisEnds()); tries++) assert.ok(tries < 10, 'Redis was slow before it ended, each time');
});
