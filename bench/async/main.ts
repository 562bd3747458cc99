/**
 * `node bench/async/main.ts`, and at the end of `npm run bench`: the asynchronous half, each figure with the store it ran on.
 * BENCH_ASYNC_SECONDS and BENCH_BACKLOG make it smaller for a trial.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { newDatabaseName, startMongo } from '../../test/support/mongo.ts';
import { startServer } from '../processes.ts';
import { measureBacklog, measureIdle, measureSmall, measureWrites, type Rate } from './measure-deliveries.ts';

const seconds = Number(process.env.BENCH_ASYNC_SECONDS ?? 5);
const backlog = Number(process.env.BENCH_BACKLOG ?? 100_000);

const SMALL = 100;
const AT_ONCE = 16;
const ON_MONGO = 2_000;
const GOAL_ON_SQLITE = 2_500;
const GOAL_ON_MONGO = 0.6;
const IDLE_TIMES = 100;
const IDLE_WITHIN_MS = 50;
const FIRST_WITHIN_MS = 1_000;
/** As steady as this machine measures anything. */
const SAME_RATE = 0.8;

const line = (store: string, what: string, value: number, unit: string, goal?: string, met?: boolean): void =>
  console.log(
    `${met === undefined ? '    ' : met ? 'ok  ' : 'MISS'} ${store}: ${what}`.padEnd(64),
    `${value.toFixed(value < 10 ? 2 : 0)}${unit}`.padEnd(14),
    goal === undefined ? '' : `goal ${goal}`,
  );

await using running = new AsyncDisposableStack();
const receiver = await startServer(['bench/async/receiver.ts'], {});
running.defer(receiver.stop);
const origin = `http://127.0.0.1:${receiver.port}`;

const onSqlite = async <T>(measure: (store: Store) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-bench-'));
  const store = await openSqliteStore({ folder, clock: Date.now });
  try {
    return await measure(store);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

const load = (): string =>
  loadavg()
    .map((each) => each.toFixed(1))
    .join(' ');

console.log(`\nasynchronous half; load average ${load()}`);
await onSqlite((store) => measureBacklog(store, origin, 1_000, 10)); // warm
const small: Rate = await onSqlite((store) => measureSmall(store, origin, SMALL, seconds));
const large: Rate = await onSqlite((store) => measureBacklog(store, origin, backlog, seconds));
line('SQLite', `callbacks a second, ${SMALL} waiting`, small.perSecond, '/s');
line('SQLite', `callbacks a second, ${backlog} waiting`, large.perSecond, '/s', `>= ${GOAL_ON_SQLITE}`, large.perSecond >= GOAL_ON_SQLITE); // biome-ignore format: one figure
line('SQLite', 'processor time of one callback', large.cpuMs, ' ms');
const idle = await onSqlite((store) => measureIdle(store, origin, IDLE_TIMES));
line(
  'SQLite',
  'idle, from its acceptance in the outbox, p99',
  idle,
  ' ms',
  `<= ${IDLE_WITHIN_MS}`,
  idle <= IDLE_WITHIN_MS,
);
const ratio = large.perSecond / small.perSecond;
line('SQLite', `rate with ${backlog} waiting / with ${SMALL}`, ratio, '', `>= ${SAME_RATE}`, ratio >= SAME_RATE);
line('SQLite', `first of ${backlog} waiting`, large.firstAfterMs, ' ms', `<= ${FIRST_WITHIN_MS}`, large.firstAfterMs <= FIRST_WITHIN_MS); // biome-ignore format: one figure

const mongo = await startMongo();
if (mongo !== undefined) {
  running.use(mongo);
  const { url, kind } = mongo;
  const onMongo = async <T>(measure: (store: Store) => Promise<T>): Promise<T> => {
    const database = newDatabaseName();
    const store = await openMongoStore({ url, database, clock: Date.now });
    try {
      return await measure(store);
    } finally {
      await store.close();
      await mongo.drop(database);
    }
  };
  const writes = await onMongo((store) => measureWrites(store, origin, ON_MONGO, AT_ONCE));
  const delivered = await onMongo((store) => measureBacklog(store, origin, ON_MONGO, 10 * seconds));
  line(`MongoDB (${kind})`, 'writes of deliveries alone a second', writes, '/s');
  line(`MongoDB (${kind})`, 'callbacks a second', delivered.perSecond, '/s');
  const share = delivered.perSecond / writes;
  line(`MongoDB (${kind})`, 'callbacks / writes alone', share, '', `>= ${GOAL_ON_MONGO}`, share >= GOAL_ON_MONGO);
}
console.log(`load average ${load()}`);
