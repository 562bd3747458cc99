/** How a storm ends: everything comes to rest, status is asked, dead letters are replayed. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { atOnce } from '../../../src/jobs/at-once.ts';
import { runCli } from '../run-cli.ts';
import { toldTo } from './nothing-lost.ts';
import type { StormClient } from './storm-client.ts';
import type { StormWorld } from './storm-world.ts';

const LOOK_EVERY_MS = 1_000;

/** Lines of `deliveries list`. */
export const listDeliveries = async ({ config }: StormWorld, state: string): Promise<readonly string[]> => {
  const { status, out, err } = await runCli([
    'deliveries',
    'list',
    '--state',
    state,
    '--limit',
    '100000',
    '--config',
    config,
  ]);
  assert.equal(status, 0, err);
  return out.split('\n').filter((line) => / attempts/.test(line));
};

/** Waits until nothing is under way: each transaction has its end, each number of each subscription was sent at least once. */
export const comeToRest = async (
  world: StormWorld,
  client: StormClient,
  {
    transactions,
    notifications,
    withinMs,
  }: { readonly transactions: Iterable<string>; readonly notifications: number; readonly withinMs: number },
): Promise<void> => {
  const until = performance.now() + withinMs;
  const open = new Set(transactions);
  let told = 0;
  for (;;) {
    let last = '';
    await atOnce([...open], 4, async (transaction) => {
      const { text } = await client.status(transaction);
      if (/callback delivered|given up/.test(text)) open.delete(transaction);
      else last = text;
    });
    told = countNotifications(world);
    if (process.env.STORM_SHOW)
      console.error(`${Math.round(performance.now() / 1000)} s: ${open.size} open, ${told} of ${notifications}`);
    if (open.size === 0 && told >= notifications) break;
    assert.ok(
      performance.now() < until,
      `not at rest: ${open.size} transactions are open, ${told} of ${notifications} notifications came; ${last}`,
    );
    await sleep(LOOK_EVERY_MS);
  }
  for (const state of ['pending', 'retry']) {
    for (let lines = await listDeliveries(world, state); lines.length > 0; lines = await listDeliveries(world, state)) {
      assert.ok(performance.now() < until, `not at rest: ${lines.length} ${state}, such as ${lines[0]}`);
      await sleep(LOOK_EVERY_MS);
    }
  }
};

const countNotifications = ({ receivers }: StormWorld): number => {
  const numbers = new Set<string>();
  for (const { action, body } of toldTo(receivers).calls) {
    if (action !== 'notify') continue;
    const { subscription_code, sequence_number } = body.header.meta as Record<string, unknown>;
    numbers.add(`${subscription_code} ${sequence_number}`);
  }
  return numbers.size;
};

/** Status says delivered of exactly what a receiver has taken, and that it was given up of the others. @returns how many of each */
export const assertStatusTrue = async (
  world: StormWorld,
  client: StormClient,
  transactions: Iterable<string>,
): Promise<{ readonly delivered: number; readonly dead: number }> => {
  const { calls, taken } = toldTo(world.receivers);
  const takenTransactions = new Set(
    calls.filter(({ messageId }) => taken.has(messageId)).map(({ body }) => String(body.message.transaction_id)),
  );
  let delivered = 0;
  let dead = 0;
  await atOnce([...transactions], 4, async (transaction) => {
    const { text } = await client.status(transaction);
    const says = /callback delivered/.test(text);
    assert.equal(
      says,
      takenTransactions.has(transaction),
      `${transaction} ${says ? 'was never taken' : 'was taken'}: ${text}`,
    );
    if (!says) assert.match(text, /given up/);
    if (says) delivered += 1;
    else dead += 1;
  });
  return { delivered, dead };
};

const MOST_REPLAYS = 5;

/** `deliveries replay`, once the receivers take everything; again where the store was too busy to answer, as its message says. */
export const replayAll = async ({ config, receivers }: StormWorld, since: number): Promise<string> => {
  for (const receiver of receivers) receiver.mend();
  const command = ['deliveries', 'replay', '--since', new Date(since).toISOString(), '--config', config];
  for (let time = 1; ; time++) {
    const { status, out, err } = await runCli(command);
    if (status === 0) return out.trim();
    assert.ok(/did not answer in time/.test(err) && time < MOST_REPLAYS, err);
  }
};
