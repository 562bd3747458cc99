/**
 * Several workers on one store, whose clocks differ by more than a lease lasts and who fall asleep at any moment: what
 * was accepted is answered by one run, in the same words however often, and notifications come in order.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWaker } from '../../src/jobs/waker.ts';
import { OUTBOX, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import {
  callOf,
  contentOf,
  type FlowOptions,
  flowsOf,
  notification,
  SUB,
  subscribed,
} from '../support/explored-flows.ts';
import { createWorld } from '../support/explored-store.ts';
import type { ReceivedCall } from '../support/receiver.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { assertCallbacks, assertNotifications, type Told } from '../support/storm/nothing-lost.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Everybody's time runs so much faster: a lease of a minute ends after half a second. */
const SPEED = 120;
const OFFSETS_MS = [-40_000, 0, 40_000];
const SEARCHES = 24;
const NOTIFICATIONS = 10;
/** Longer than a lease. */
const NAP_MS = 700;
const WITHIN_MS = 30_000;

const began = performance.now();
const monotonic = (): number => (performance.now() - began) * SPEED;
const clock = (): number => 1_000_000_000 + Math.round(monotonic());

/** Most end soon; every eighth of a kind oversleeps its lease, with another of its lane at work meanwhile. */
const EACH = 8;

test('workers whose clocks differ and who oversleep their leases lose nothing and say nothing twice', async () => {
  await using place = await temporaryFolder();
  const store = await openSqliteStore({ folder: place.folder, clock });
  const { documents, lanes } = store;
  const world = createWorld();
  const calls: ReceivedCall[] = [];
  const taken = new Set<string>();

  const answer: FlowOptions['answer'] = ({ url, messageId, body }) => {
    const parsed = JSON.parse(body) as ReceivedCall['body'];
    const time = calls.filter((each) => each.messageId === messageId).length + 1;
    const about = { path: new URL(url).pathname, headers: {}, text: body, time, at: performance.now() };
    calls.push({ ...about, messageId, action: String(parsed.header.action), body: parsed });
    if (time === 1 && (messageId === 'n-2' || Math.random() < 0.2)) return 503;
    taken.add(messageId);
    return 200;
  };
  const { log, lines } = recordedLog();
  const times = new Map<string, number>();
  const pause = (name: string): Promise<void> => {
    const time = (times.get(name) ?? 0) + 1;
    times.set(name, time);
    return sleep(time % EACH === 0 ? NAP_MS : Math.random() * 15);
  };
  const workers = OFFSETS_MS.map((offset, index) => {
    const owner = `worker ${index}`;
    const actor = {
      ...{ documents, lanes, now: () => clock() + offset },
      effect: async <T>(name: string, work: () => T): Promise<T> => {
        await pause(`before a ${name}`);
        const done = work();
        await pause(`after a ${name}`);
        return done;
      },
    };
    const flows = flowsOf(actor, world, owner, {
      answer,
      // Every run finds something else.
      search: (starts, { transactionId }) => {
        const content = contentOf('');
        return [{ ...content, message: { transaction_id: transactionId, found: `${owner}, start ${starts}` } }];
      },
    });
    const jobs = createWaker({ lanes, handlers: flows.handlers, owner, log, monotonic });
    return { flows, jobs, timer: setInterval(() => void jobs.wakeDue(), 10 + index) };
  });

  const searches = Array.from({ length: SEARCHES }, (_, index) => `t-${index}`);
  for (const [index, transactionId] of searches.entries()) {
    const { header } = callOf();
    const call = {
      ...{ transactionId, header: { ...header, messageId: `m-${index}` } },
      replay: { expires: clock() + 300_000, contentDigest: String(index).padStart(64, '0') },
    };
    const [one, other] = [workers[index % 3], workers[(index + 1) % 3]];
    const acks = await Promise.all([one?.flows.accept(call), other?.flows.accept(call)]);
    assert.equal(acks[0], acks[1], 'a repeat is answered the same');
    if (index === 0) await subscribed(store, { now: clock() });
    if (index < NOTIFICATIONS) await notification(store, { now: clock() }, index + 1);
    await sleep(5);
  }

  const open = async (): Promise<number> => {
    const states = await Promise.all([
      ...(['accepted', 'running'] as const).map((state) => documents.count(TRANSACTIONS, { index: 'byState', equals: [state] })), // biome-ignore format: one look
      ...(['pending', 'retry'] as const).map((state) => documents.count(OUTBOX, { index: 'byState', equals: [state] })), // biome-ignore format: one look
    ]);
    return states.reduce((sum, each) => sum + each, 0);
  };
  const until = performance.now() + WITHIN_MS;
  for (let left = await open(); left > 0; left = await open()) {
    assert.ok(performance.now() < until, `${left} are still open`);
    await sleep(20);
  }
  for (const { timer } of workers) clearInterval(timer);
  await Promise.all(workers.map(({ jobs }) => jobs.close()));
  await store.close();

  const told: Told = { calls, taken };
  assertCallbacks(told, 'on-search', searches);
  assertNotifications(
    told,
    [SUB],
    Array.from({ length: NOTIFICATIONS }, (_, index) => `person ${index + 1}`),
  );
  const inOrder = [...taken].filter((id) => id.startsWith('n-'));
  assert.deepEqual(inOrder, Array.from({ length: NOTIFICATIONS }, (_, index) => `n-${index + 1}`)); // biome-ignore format: one look
  assert.deepEqual(lines.filter(({ level }) => level === 'error'), []); // biome-ignore format: one look
});
