/** Searches and notifications on two gateways of one store while something breaks those, and what must hold afterwards. */

import assert from 'node:assert/strict';
import { freePort } from '../local-server.ts';
import { type GatewayProcess, gatewayProcess } from './gateway-process.ts';
import { assertCallbacks, assertNotifications, toldTo } from './nothing-lost.ts';
import { stormClient } from './storm-client.ts';
import { assertStatusTrue, comeToRest, listDeliveries, replayAll } from './storm-end.ts';
import { bothDone, runLoad, subscribeAll } from './storm-load.ts';
import { stormWorld } from './storm-world.ts';

export interface TwoGatewayStorm {
  readonly store: object;
  readonly redisUrl: string | undefined;
  /** More options of node, one list a gateway. */
  readonly engines?: readonly [readonly string[], readonly string[]];
  readonly searches: number;
  readonly overMs: number;
  /** Breaks the gateways until told to stop. @returns how often */
  breaking(gateways: readonly [GatewayProcess, GatewayProcess], stop: AbortSignal): Promise<number>;
}

const SUBSCRIPTIONS = 15;
/** A gateway whose clock is behind dates its messages before the storm. */
const CLOCKS_OFF_MS = 60_000;
/** A lane whose owner was killed waits for the end of its lease, a minute. */
const WITHIN_MS = 400_000;

/** @returns what happened, for the output; throws where something was lost, came twice under another id, or left a gap */
export const stormOnTwoGateways = async (options: TwoGatewayStorm): Promise<string> => {
  const began = Date.now();
  const { store, redisUrl, engines = [[], []], overMs } = options;
  const changes = Math.ceil(options.searches / SUBSCRIPTIONS);
  await using world = await stormWorld({ store, limits: { redis: redisUrl } });
  await using left = gatewayProcess(world.config, await freePort(), engines[0]);
  await using right = gatewayProcess(world.config, await freePort(), engines[1]);
  for (const gateway of [left, right]) await gateway.start();
  const client = stormClient([left.url, right.url], world.key);
  const subscribed = await subscribeAll(world, client, SUBSCRIPTIONS);

  const stop = new AbortController();
  const load = runLoad(world, client, { searches: options.searches, changes, overMs }).finally(() => stop.abort());
  const [{ searches, names, repeats }, broken] = await bothDone(load, options.breaking([left, right], stop.signal));

  const transactions = [...searches.keys()];
  const rest = { transactions, notifications: SUBSCRIPTIONS * changes, withinMs: WITHIN_MS };
  await comeToRest(world, client, rest);
  const before = await assertStatusTrue(world, client, transactions);
  const deadLetters = await listDeliveries(world, 'dead');
  assert.equal(deadLetters.filter((line) => line.includes(' on-search ')).length, before.dead);
  const replayed = await replayAll(world, began - CLOCKS_OFF_MS);
  await comeToRest(world, client, rest);
  assert.deepEqual(await listDeliveries(world, 'dead'), []);

  const told = toldTo(world.receivers);
  assertCallbacks(told, 'on-search', transactions);
  assertCallbacks(told, 'on-subscribe', subscribed.transactions);
  assertNotifications(told, subscribed.codes, names);
  assert.equal((await assertStatusTrue(world, client, transactions)).dead, 0);
  const messages = new Set(told.calls.map(({ messageId }) => messageId)).size;
  return (
    `${searches.size} searches and ${rest.notifications} notifications accepted, either of two gateways broken ${broken} times, ` +
    `${repeats} requests repeated, ${messages} messages in ${told.calls.length} deliveries, ${deadLetters.length} dead letters (${replayed}), ` +
    `${Math.round((Date.now() - began) / 1000)} s`
  );
};
