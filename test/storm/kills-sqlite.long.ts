/** Nothing is lost: a gateway on the embedded store that is killed again and again while it works (PROTOCOL 4 and 8). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/local-server.ts';
import { type GatewayProcess, gatewayProcess } from '../support/storm/gateway-process.ts';
import { assertCallbacks, assertNotifications, toldTo } from '../support/storm/nothing-lost.ts';
import { stormClient } from '../support/storm/storm-client.ts';
import { assertStatusTrue, comeToRest, listDeliveries, replayAll } from '../support/storm/storm-end.ts';
import { bothDone, runLoad, subscribeAll } from '../support/storm/storm-load.ts';
import { stormWorld } from '../support/storm/storm-world.ts';

const SEARCHES = Number(process.env.STORM_SEARCHES ?? 1_000);
const SUBSCRIPTIONS = 20;
const CHANGES = Math.ceil(SEARCHES / SUBSCRIPTIONS);
const OVER_MS = Number(process.env.STORM_MS ?? 60_000);
const WITHIN_MS = 400_000;

/** Kills and starts until told to stop: mostly while it works, sometimes while it starts. */
const killAgainAndAgain = async (gateway: GatewayProcess, stop: AbortSignal): Promise<number> => {
  let kills = 0;
  let startMs = 1_000; // a machine that starts it slowly lets it work for longer, too
  while (!stop.aborted) {
    await sleep(Math.random() * (1_000 + startMs));
    await gateway.kill();
    kills += 1;
    if (Math.random() < 0.2) {
      gateway.launch();
      await sleep(Math.random() * startMs);
      await gateway.kill();
      kills += 1;
    }
    const began = performance.now();
    await gateway.start();
    startMs = performance.now() - began;
  }
  return kills;
};

test(`${SEARCHES} searches and as many notifications outlive a gateway that is killed again and again`, {
  timeout: 1_200_000,
}, async () => {
  const began = Date.now();
  await using world = await stormWorld();
  await using gateway = gatewayProcess(world.config, await freePort());
  await gateway.start();
  const client = stormClient([gateway.url], world.key);
  const subscribed = await subscribeAll(world, client, SUBSCRIPTIONS);

  const stop = new AbortController();
  const killing = killAgainAndAgain(gateway, stop.signal);
  const load = runLoad(world, client, {
    searches: SEARCHES,
    changes: CHANGES,
    overMs: OVER_MS,
  }).finally(() => stop.abort());
  const [{ searches, names, repeats }, kills] = await bothDone(load, killing);
  assert.equal(searches.size, SEARCHES);

  const transactions = [...searches.keys()];
  await comeToRest(world, client, { transactions, notifications: SUBSCRIPTIONS * CHANGES, withinMs: WITHIN_MS });
  const before = await assertStatusTrue(world, client, transactions);
  const deadLetters = await listDeliveries(world, 'dead');
  assert.equal(
    deadLetters.filter((line) => line.includes(' on-search ')).length,
    before.dead,
    'status knows each dead letter',
  );

  const replayed = await replayAll(world, began);
  await comeToRest(world, client, { transactions, notifications: SUBSCRIPTIONS * CHANGES, withinMs: WITHIN_MS });
  assert.deepEqual(await listDeliveries(world, 'dead'), []);

  const told = toldTo(world.receivers);
  assertCallbacks(told, 'on-search', transactions);
  assertCallbacks(told, 'on-subscribe', subscribed.transactions);
  assertNotifications(told, subscribed.codes, names);
  const after = await assertStatusTrue(world, client, transactions);
  assert.equal(after.dead, 0);
  for (const { envelope, correlation } of [...searches.values()].slice(0, 50)) {
    const { answer } = await client.accept('/search', envelope);
    assert.equal(answer.body.message.correlation_id, correlation, 'the same request gets the same acknowledgement');
  }
  const messages = new Set(told.calls.map(({ messageId }) => messageId)).size;
  console.log(
    `kills on SQLite: ${searches.size} searches and ${SUBSCRIPTIONS * CHANGES} notifications accepted, ${kills} kills, ` +
      `${repeats} requests repeated, ${messages} messages in ${told.calls.length} deliveries, ${deadLetters.length} dead letters (${replayed}), ` +
      `${Math.round((Date.now() - began) / 1000)} s`,
  );
});
