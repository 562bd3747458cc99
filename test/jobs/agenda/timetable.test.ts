import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobTable } from '../../../src/jobs/agenda/job-table.ts';
import { createSqliteJobTable } from '../../../src/jobs/agenda/sqlite-backend.ts';
import { startTimetable, type TimetableOptions } from '../../../src/jobs/agenda/wire.ts';
import type { Jobs } from '../../../src/jobs/jobs.ts';
import { recordedLog } from '../../support/recorded-log.ts';

/** Jobs that record what was asked of them. */
const recordedJobs = (over: Partial<Jobs> = {}) => {
  const calls: { readonly what: string; readonly at: number }[] = [];
  const listeners: ((inMs: number) => void)[] = [];
  const called = (what: string): void => void calls.push({ what, at: performance.now() });
  const jobs: Jobs = {
    wake: (lane) => called(`lane ${lane}`),
    wakeDue: async () => {
      called('wakeDue');
      return undefined;
    },
    sweep: async () => {
      called('sweep');
      return undefined;
    },
    onLater: (listener) => void listeners.push(listener),
    idle: async () => undefined,
    close: async () => undefined,
    ...over,
  };
  const later = (inMs: number): void => listeners.forEach((listener) => void listener(inMs));
  return { jobs, calls, later, called, count: (what: string) => calls.filter((each) => each.what === what).length };
};

const start = async (
  recorded: ReturnType<typeof recordedJobs>,
  table: JobTable,
  over: Partial<TimetableOptions> = {},
) => {
  const { log, lines } = recordedLog();
  const timetable = await startTimetable({
    jobs: recorded.jobs,
    wakeLane: async (lane) => recorded.called(`store ${lane}`),
    polls: [],
    retain: async () => recorded.called('retain'),
    sweepEveryMs: 300,
    retainEveryMs: 60_000,
    table,
    owner: 'test',
    log,
    processEveryMs: 50,
    ...over,
  });
  return { lines, [Symbol.asyncDispose]: () => timetable.close(2_000) };
};

const newTable = () => createSqliteJobTable(new DatabaseSync(':memory:'));

const until = async (met: () => boolean): Promise<void> => {
  const giveUpAt = performance.now() + 5_000;
  while (!met()) {
    assert.ok(performance.now() < giveUpAt, 'it did not happen in time');
    await sleep(5);
  }
};

test('at the start everything runs once; then the sweep comes by its time and the wake-up each second', async () => {
  const recorded = recordedJobs();
  await using running = await start(recorded, newTable());
  await until(() => ['wakeDue', 'sweep', 'retain'].every((what) => recorded.count(what) > 0));
  await sleep(1_400);
  assert.ok(recorded.count('sweep') >= 4 && recorded.count('sweep') <= 6, String(recorded.count('sweep')));
  assert.ok(recorded.count('wakeDue') >= 2 && recorded.count('wakeDue') <= 3);
  assert.equal(recorded.count('retain'), 1);
  assert.deepEqual(running.lines, []);
});

test('it wakes when the next lane is due, to some milliseconds', async () => {
  let asked = 0;
  const recorded = recordedJobs();
  const jobs = {
    ...recorded.jobs,
    wakeDue: async () => {
      recorded.called('wakeDue');
      return asked++ === 0 ? 333 : undefined;
    },
  };
  await using _running = await start({ ...recorded, jobs }, newTable());
  await until(() => recorded.count('wakeDue') >= 2);
  const [first, second] = recorded.calls.filter(({ what }) => what === 'wakeDue').map(({ at }) => at);
  const waited = (second ?? 0) - (first ?? 0);
  assert.ok(waited > 320 && waited < 450, `${waited} ms`);
});

test('a lane that was given back and is due soon is not waited for a whole second', async () => {
  const recorded = recordedJobs();
  await using _running = await start(recorded, newTable());
  await until(() => recorded.count('wakeDue') === 1);
  await sleep(100);
  const at = performance.now();
  recorded.later(120);
  recorded.later(700); // later than what is planned: changes nothing
  await until(() => recorded.count('wakeDue') === 2);
  const waited = performance.now() - at;
  assert.ok(waited > 100 && waited < 250, `${waited} ms`);
});

test('each feed is polled at its own pace, once for two processes, in the store first', async () => {
  const table = newTable();
  const [left, right] = [recordedJobs(), recordedJobs()];
  const polls = [
    { lane: 'feed:quick', everyMs: 200 },
    { lane: 'feed:slow', everyMs: 3_600_000 },
  ];
  await using _left = await start(left, table, { polls });
  await using _right = await start(right, table, { polls });
  await sleep(1_100);
  const sum = (what: string): number => left.count(what) + right.count(what);
  assert.ok(sum('store feed:quick') >= 4 && sum('store feed:quick') <= 7, String(sum('store feed:quick')));
  assert.equal(sum('lane feed:quick'), sum('store feed:quick'));
  assert.ok(sum('store feed:slow') >= 1 && sum('store feed:slow') <= 2); // 2 across the hour
  const calls = left.calls.length > 0 ? left.calls : right.calls;
  const order = calls.map(({ what }) => what).filter((what) => what.endsWith('feed:quick'));
  assert.match(order.join(), /^(store feed:quick,lane feed:quick,?)+$/);
});

test('jobs that a clock which was put back left for later come within their own period', async () => {
  const database = new DatabaseSync(':memory:');
  const recorded = recordedJobs();
  await using running = await start(recorded, createSqliteJobTable(database), { lookEveryMs: 100 });
  await until(() => ['wakeDue', 'sweep', 'retain'].every((what) => recorded.count(what) > 0));
  await sleep(100);
  database.exec('UPDATE job SET next_run_at = next_run_at + 3600000 WHERE locked_at IS NULL');
  const [sweeps, wakes] = [recorded.count('sweep'), recorded.count('wakeDue')];
  await until(() => recorded.count('sweep') > sweeps + 1 && recorded.count('wakeDue') > wakes + 1);
  assert.equal(recorded.count('retain'), 1, 'none comes before its time');
  assert.deepEqual(running.lines, []);
});

test('a failure is logged and the job comes again; nothing is rejected unheard', async () => {
  const recorded = recordedJobs();
  const jobs = {
    ...recorded.jobs,
    sweep: async () => {
      recorded.called('sweep');
      throw new Error('the store is away');
    },
  };
  await using running = await start({ ...recorded, jobs }, newTable());
  await until(() => recorded.count('sweep') >= 3);
  assert.ok(running.lines.some(({ message, fields }) => message === 'timetable failed' && fields.cause));
});

test('a store that fails in the middle is survived', async () => {
  const inner = newTable();
  let away = false;
  const repository = new Proxy(inner.backend.repository, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => (away ? Promise.reject(new Error('away')) : value.apply(target, args));
    },
  });
  const recorded = recordedJobs();
  await using _running = await start(recorded, { ...inner, backend: { ...inner.backend, repository } });
  await until(() => recorded.count('sweep') >= 1);
  away = true;
  await sleep(500);
  away = false;
  const before = recorded.count('sweep');
  await until(() => recorded.count('sweep') >= before + 2);
});

test('a store that does not answer at the start stops the start', async () => {
  const inner = newTable();
  const repository = {
    ...inner.backend.repository,
    saveJob: () => Promise.reject(new Error('no answer')),
  };
  await assert.rejects(start(recordedJobs(), { ...inner, backend: { ...inner.backend, repository } }), /no answer/);
});

test('closing waits for what runs, starts nothing more and leaves no lock behind', async () => {
  const table = newTable();
  const recorded = recordedJobs();
  let ended = false;
  const jobs = {
    ...recorded.jobs,
    sweep: async () => {
      recorded.called('sweep');
      await sleep(700); // longer than it takes to say that it still runs
      ended = true;
      return undefined;
    },
  };
  const running = await start({ ...recorded, jobs }, table);
  await until(() => recorded.count('sweep') === 1);
  await running[Symbol.asyncDispose]();
  assert.ok(ended);
  const calls = recorded.calls.length;
  await sleep(400);
  assert.equal(recorded.calls.length, calls);
  const { jobs: left } = await table.backend.repository.queryJobs({});
  assert.equal(left.length, 4);
  assert.deepEqual(
    left.filter(({ lockedAt }) => lockedAt !== undefined),
    [],
  );
  assert.ok(left.every(({ nextRunAt }) => nextRunAt !== null));
});

test('a lock that the store tells of too late does not end the timetable', async () => {
  const recorded = recordedJobs();
  const table = newTable();
  const { repository } = table.backend;
  let late = true;
  const getNextJobToRun: typeof repository.getNextJobToRun = async (name, ...args) => {
    const job = await repository.getNextJobToRun(name, ...args);
    if (late && job !== undefined) {
      late = false;
      await sleep(2_200); // longer than a lock lives
    }
    return job;
  };
  const slow = Object.assign(Object.create(repository) as typeof repository, { getNextJobToRun });
  await using _running = await start(recorded, { ...table, backend: { ...table.backend, repository: slow } });
  await until(() => recorded.count('wakeDue') >= 2 && recorded.count('sweep') >= 2 && recorded.count('retain') >= 1);
});

test('a lane that ends after the timetable was closed does not touch the database any more', async () => {
  const database = new DatabaseSync(':memory:');
  const recorded = recordedJobs();
  const running = await start(recorded, createSqliteJobTable(database));
  await running[Symbol.asyncDispose]();
  database.close();
  recorded.later(20);
  await sleep(20);
  assert.deepEqual(running.lines, []);
});
