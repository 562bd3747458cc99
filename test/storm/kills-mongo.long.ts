/** Nothing is lost and nothing happens twice: two gateways on one MongoDB and one Redis, either of which is killed or stands still. */

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/local-server.ts';
import { newDatabaseName, startMongo } from '../support/mongo.ts';
import { startRedis } from '../support/servers.ts';
import { type GatewayProcess, gatewayProcess } from '../support/storm/gateway-process.ts';
import { searchEnvelope, stormClient } from '../support/storm/storm-client.ts';
import { stormWorld } from '../support/storm/storm-world.ts';
import { stormOnTwoGateways, type TwoGatewayStorm } from '../support/storm/two-gateways.ts';

const SEARCHES = Number(process.env.STORM_SEARCHES ?? 300);
const OVER_MS = Number(process.env.STORM_MS ?? 45_000);
const PAUSED_SEARCHES = 150;
const PAUSED_MS = 150_000;

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
  const breaking: TwoGatewayStorm['breaking'] = async (gateways, stop) => {
    let kills = 0;
    while (!stop.aborted) {
      await sleep(1_000 + Math.random() * 3_000);
      const gateway = gateways[Math.random() < 0.5 ? 0 : 1];
      await gateway.kill();
      kills += 1;
      await gateway.start();
    }
    return kills;
  };
  const load = { searches: SEARCHES, overMs: OVER_MS };
  const summary = await stormOnTwoGateways({ store: sharedStore(), redisUrl: redis?.url, ...load, breaking });
  console.log(`kills on MongoDB (${mongo?.kind}): ${summary}`);
});

/** Longer than a lease, so that the other takes its lanes over and it wakes up as an owner no more. */
const LONG_PAUSE_MS = 70_000;
const shifted = (ms: number): readonly string[] => ['--import', `${new URL('../support/storm/shifted-clock.ts', import.meta.url)}?ms=${ms}`]; // biome-ignore format: one look

test('the same with gateways whose clocks are 40 s apart and that stand still, for moments and for longer than a lease', {
  timeout: 1_200_000,
  skip,
}, async () => {
  const standStill = async (gateway: GatewayProcess, ms: number): Promise<void> => {
    gateway.signal('SIGSTOP');
    await sleep(ms);
    gateway.signal('SIGCONT');
  };
  const breaking: TwoGatewayStorm['breaking'] = async (gateways, stop) => {
    let pauses = 0;
    for (let longOnes = 0; !stop.aborted || longOnes < gateways.length; ) {
      await sleep(Math.random() * 2_000);
      const isLong = pauses % 4 === 3 && longOnes < gateways.length;
      const gateway = gateways[isLong ? longOnes % 2 : Math.random() < 0.5 ? 0 : 1] ?? gateways[0];
      await standStill(gateway, isLong ? LONG_PAUSE_MS : Math.random() * 3_000);
      if (isLong) longOnes += 1;
      pauses += 1;
    }
    return pauses;
  };
  const summary = await stormOnTwoGateways({
    ...{ store: sharedStore(), redisUrl: redis?.url, searches: PAUSED_SEARCHES, overMs: PAUSED_MS, breaking },
    engines: [shifted(20_000), shifted(-20_000)],
  });
  console.log(`pauses on MongoDB (${mongo?.kind}): ${summary}`);
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
