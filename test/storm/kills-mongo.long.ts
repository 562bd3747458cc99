/** Nothing is lost and nothing happens twice: two gateways on one MongoDB and one Redis, either of which is killed. */

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
import { assertStatusTrue, comeToRest, listDeliveries, replayAll } from '../support/storm/storm-end.ts';
import { bothDone, runLoad, subscribeAll } from '../support/storm/storm-load.ts';
import { stormWorld } from '../support/storm/storm-world.ts';

const SEARCHES = Number(process.env.STORM_SEARCHES ?? 300);
const SUBSCRIPTIONS = 15;
const CHANGES = Math.ceil(SEARCHES / SUBSCRIPTIONS);
const OVER_MS = Number(process.env.STORM_MS ?? 45_000);
/** A lane whose owner was killed waits for the end of its lease, a minute. */
const WITHIN_MS = 400_000;

const mongo = await startMongo({ own: true });
const redis = await startRedis();
after(async () => {
  await mongo?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});
const skip = mongo === undefined || redis === undefined;

const sharedStore = () => ({
  mongodb: { url: mongo?.url ?? '', database: newDatabaseName() },
  encryption_key: randomBytes(32).toString('base64'),
});

test(`${SEARCHES} searches and as many notifications outlive two gateways that are killed in turn; no effect happens twice`, {
  timeout: 1_200_000,
  skip,
}, async () => {
  const began = Date.now();
  await using world = await stormWorld({ store: sharedStore(), limits: { redis: redis?.url } });
  await using left = gatewayProcess(world.config, await freePort());
  await using right = gatewayProcess(world.config, await freePort());
  const gateways = [left, right] as const;
  for (const gateway of gateways) await gateway.start();
  const client = stormClient([left.url, right.url], world.key);
  const subscribed = await subscribeAll(world, client, SUBSCRIPTIONS);

  const stop = new AbortController();
  const killing = async (): Promise<number> => {
    let kills = 0;
    while (!stop.signal.aborted) {
      await sleep(1_000 + Math.random() * 3_000);
      const gateway = gateways[Math.random() < 0.5 ? 0 : 1];
      await gateway.kill();
      kills += 1;
      await gateway.start();
    }
    return kills;
  };
  const load = runLoad(world, client, { searches: SEARCHES, changes: CHANGES, overMs: OVER_MS }).finally(() =>
    stop.abort(),
  );
  const [{ searches, names, repeats }, kills] = await bothDone(load, killing());

  const transactions = [...searches.keys()];
  const rest = { transactions, notifications: SUBSCRIPTIONS * CHANGES, withinMs: WITHIN_MS };
  await comeToRest(world, client, rest);
  const before = await assertStatusTrue(world, client, transactions);
  const deadLetters = await listDeliveries(world, 'dead');
  assert.equal(deadLetters.filter((line) => line.includes(' on-search ')).length, before.dead);
  const replayed = await replayAll(world, began);
  await comeToRest(world, client, rest);
  assert.deepEqual(await listDeliveries(world, 'dead'), []);

  const told = toldTo(world.receivers);
  assertCallbacks(told, 'on-search', transactions);
  assertCallbacks(told, 'on-subscribe', subscribed.transactions);
  assertNotifications(told, subscribed.codes, names);
  assert.equal((await assertStatusTrue(world, client, transactions)).dead, 0);
  const messages = new Set(told.calls.map(({ messageId }) => messageId)).size;
  console.log(
    `kills on MongoDB (${mongo?.kind}): ${searches.size} searches and ${rest.notifications} notifications accepted, ${kills} kills of either of two gateways, ` +
      `${repeats} requests repeated, ${messages} messages in ${told.calls.length} deliveries, ${deadLetters.length} dead letters (${replayed}), ` +
      `${Math.round((Date.now() - began) / 1000)} s`,
  );
});

test('two gateways share limits and replay memory', { timeout: 120_000, skip }, async () => {
  const perMinute = 20;
  await redis?.stop(); // what the storm has counted
  await redis?.restart();
  await using world = await stormWorld({ store: sharedStore(), limits: { redis: redis?.url, per_minute: perMinute } });
  await using left = gatewayProcess(world.config, await freePort());
  await using right = gatewayProcess(world.config, await freePort());
  for (const gateway of [left, right]) await gateway.start();
  const client = stormClient([left.url, right.url], world.key);
  const uri = `${world.receivers[0]?.origin}/searches`;

  const envelope = searchEnvelope(randomUUID(), '10000000', uri);
  const first = await client.once('/search', envelope, left.url);
  assert.equal(first.status, 202, first.text);
  const again = await client.once('/search', envelope, right.url);
  assert.equal(again.body.message.correlation_id, first.body.message.correlation_id);
  const { message_id } = envelope.header;
  const other = searchEnvelope(randomUUID(), '10000001', uri);
  const reused = await client.once('/search', { ...other, header: { ...other.header, message_id } }, right.url);
  assert.equal(reused.status, 400, reused.text);
  assert.match(reused.text, /rjct\.message_id\.duplicate/);

  let taken = 3;
  for (let turn = 0; turn < perMinute; turn++) {
    const url = turn % 2 === 0 ? left.url : right.url;
    const answer = await client.once('/search', searchEnvelope(randomUUID(), '10000002', uri), url);
    if (answer.status === 202) taken += 1;
    else assert.equal(answer.status, 429, answer.text);
  }
  // What was taken is counted once for both: a window that slid on meanwhile gives little back.
  assert.ok(taken >= perMinute - 1 && taken <= perMinute + 3, `${taken} of ${perMinute} were taken by both together`);
});
