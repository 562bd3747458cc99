/** What the timetable relies on of a table of Agenda's jobs: SQLite's and MongoDB's are held against it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agenda, type JobParameters } from 'agenda';
import type { JobTable } from '../../src/jobs/agenda/job-table.ts';

export interface JobTables extends AsyncDisposable {
  /** Another worker's view of the same, at first empty, jobs. */
  open(): Promise<JobTable>;
}

const LIFE_MS = 60_000;

const jobOf = (name: string, over: Partial<JobParameters> = {}): JobParameters => ({
  name,
  priority: 0,
  type: 'normal',
  nextRunAt: new Date(Date.now() - 1_000),
  data: { only: name },
  ...over,
});

const uniqueOf = (name: string, over: Partial<JobParameters> = {}): JobParameters =>
  jobOf(name, { unique: { 'data.only': name }, uniqueOpts: { insertOnly: true }, ...over });

const lockNext = (table: JobTable, name: string, at = Date.now(), lifeMs = LIFE_MS) =>
  table.backend.repository.getNextJobToRun(name, new Date(at), new Date(at - lifeMs), new Date(at), {
    lastModifiedBy: 'worker',
  });

export const agendaBackendSuite = (what: string, subject: () => Promise<JobTables>, skip = false): void => {
  const check = (name: string, body: (tables: JobTables) => Promise<void>): void => {
    test(`${what}: ${name}`, { skip }, async () => {
      await using tables = await subject();
      await body(tables);
    });
  };

  check('a job that is due is locked by one of many workers', async (tables) => {
    const workers = await Promise.all(Array.from({ length: 10 }, () => tables.open()));
    const [first] = workers as [JobTable];
    await first.backend.repository.saveJob(jobOf('wake'), undefined);
    const locked = await Promise.all(
      Array.from({ length: 50 }, (_, turn) => lockNext(workers[turn % 10] ?? first, 'wake')),
    );
    const [winner, ...others] = locked.filter((job) => job !== undefined);
    assert.equal(others.length, 0);
    assert.equal(winner?.name, 'wake');
    assert.ok(winner.lockedAt instanceof Date && winner.nextRunAt instanceof Date);
    assert.deepEqual(winner.data, { only: 'wake' });
  });

  check('a job that is not due, is disabled or has another name is not locked', async (tables) => {
    const table = await tables.open();
    const { repository } = table.backend;
    await repository.saveJob(jobOf('later', { nextRunAt: new Date(Date.now() + 60_000) }), undefined);
    await repository.saveJob(jobOf('never', { nextRunAt: null }), undefined);
    await repository.saveJob(jobOf('off', { disabled: true }), undefined);
    for (const name of ['later', 'never', 'off', 'other']) assert.equal(await lockNext(table, name), undefined, name);
    assert.equal(await repository.enableJobs({ name: 'off' }), 1);
    assert.ok(await lockNext(table, 'off'));
  });

  check("a dead worker's job is taken over after the lock's life, by one, and not before", async (tables) => {
    const workers = await Promise.all(Array.from({ length: 5 }, () => tables.open()));
    const [first] = workers as [JobTable];
    const { repository } = first.backend;
    await repository.saveJob(jobOf('wake'), undefined);
    const now = Date.now();
    const job = await lockNext(first, 'wake', now);
    assert.ok(job);
    // The worker dies after Agenda wrote that it runs, which leaves the job without a time.
    await repository.saveJobState({ ...job, lastRunAt: new Date(now), nextRunAt: null }, undefined);
    assert.equal(await lockNext(first, 'wake', now + LIFE_MS - 1_000), undefined);
    const taken = await Promise.all(workers.map((worker) => lockNext(worker, 'wake', now + LIFE_MS + 1_000)));
    assert.equal(taken.filter((each) => each !== undefined).length, 1);
  });

  check('what a worker writes at the end frees the job and gives it its next time', async (tables) => {
    const table = await tables.open();
    const { repository } = table.backend;
    await repository.saveJob(jobOf('wake'), undefined);
    const job = await lockNext(table, 'wake');
    assert.ok(job);
    const nextRunAt = new Date(Date.now() - 10);
    const { lockedAt, ...freed } = job;
    await repository.saveJobState({ ...freed, nextRunAt, lastFinishedAt: new Date(5_000), failCount: 2 }, undefined);
    const again = await lockNext(table, 'wake');
    assert.equal(again?.nextRunAt?.getTime(), nextRunAt.getTime());
    assert.equal(again?.lastFinishedAt?.getTime(), 5_000);
    assert.equal(again?.failCount, 2);
    await assert.rejects(repository.saveJobState({ ...job, name: 'another' }, undefined));
  });

  check('50 unique inserts by several workers make one job', async (tables) => {
    const workers = await Promise.all(Array.from({ length: 5 }, () => tables.open()));
    const saved = await Promise.all(
      Array.from({ length: 50 }, (_, turn) =>
        (workers[turn % 5] as JobTable).backend.repository.saveJob(uniqueOf('sweep'), undefined),
      ),
    );
    assert.equal(new Set(saved.map(({ _id }) => String(_id))).size, 1);
    const { total } = await (workers[0] as JobTable).backend.repository.queryJobs({ name: 'sweep' });
    assert.equal(total, 1);
  });

  check('saving a unique job again does not unlock the running one, nor move it', async (tables) => {
    const table = await tables.open();
    const { repository } = table.backend;
    await repository.saveJob(uniqueOf('wake'), undefined);
    const running = await lockNext(table, 'wake');
    assert.ok(running?._id);
    const again = await repository.saveJob(uniqueOf('wake', { nextRunAt: new Date(Date.now() + 9_000) }), undefined);
    assert.equal(String(again._id), String(running._id));
    // The ways that take the lock away in Agenda's own adapter: refused, or the lock is kept.
    const risky = [
      uniqueOf('wake', { uniqueOpts: {} }),
      { ...uniqueOf('wake'), _id: running._id, unique: undefined, uniqueOpts: undefined } as unknown as JobParameters,
    ];
    for (const job of risky) await repository.saveJob(job, undefined).catch((cause: unknown) => assert.ok(cause));
    assert.equal(await lockNext(table, 'wake'), undefined);
    const kept = await repository.getJobById(String(running._id));
    assert.equal(kept?.lockedAt?.getTime(), running.lockedAt?.getTime());
  });

  check('a job is brought forward, and neither put off nor disturbed while it runs', async (tables) => {
    const table = await tables.open();
    const { repository } = table.backend;
    const now = Date.now();
    await repository.saveJob(uniqueOf('wake', { nextRunAt: new Date(now + 60_000) }), undefined);
    const time = async () => (await repository.queryJobs({ name: 'wake' })).jobs[0]?.nextRunAt?.getTime();
    await table.bringForward('wake', new Date(now + 90_000));
    assert.equal(await time(), now + 60_000);
    await table.bringForward('wake', new Date(now - 5_000));
    assert.equal(await time(), now - 5_000);
    assert.ok(await lockNext(table, 'wake'));
    await table.bringForward('wake', new Date(now - 50_000));
    assert.equal(await time(), now - 5_000);
    assert.equal(await lockNext(table, 'wake'), undefined);
  });

  check('nothing is removed, disabled or enabled without criteria', async (tables) => {
    const { repository } = (await tables.open()).backend;
    for (const name of ['a', 'b', 'c']) await repository.saveJob(jobOf(name), undefined);
    for (const criteria of [{}, { ids: [] }, { names: [] }, { notNames: [] }]) {
      assert.equal(await repository.removeJobs(criteria), 0, JSON.stringify(criteria));
      assert.equal(await repository.disableJobs(criteria), 0);
    }
    assert.equal((await repository.queryJobs({})).total, 3);
    assert.equal(await repository.removeJobs({ name: 'a' }), 1);
    assert.equal(await repository.removeJobs({ data: { only: 'b' } }), 1);
    assert.equal(await repository.removeJobs({ notNames: ['c'] }), 0);
    assert.deepEqual(await repository.getDistinctJobNames(), ['c']);
    assert.equal(await repository.purgeAllJobs(), 1);
  });

  check('locks are given back by id; values of every kind come back as they were', async (tables) => {
    const table = await tables.open();
    const { repository } = table.backend;
    const data = { only: 'odd', text: `'"$.\u0000 ü 漢 👩‍👩‍👧`, list: [1, null, { deep: true }] };
    const saved = await repository.saveJob(jobOf('odd', { data, repeatInterval: 5_000, priority: -10 }), undefined);
    const locked = await lockNext(table, 'odd');
    assert.deepEqual(locked?.data, data);
    assert.equal(locked?.repeatInterval, 5_000);
    assert.equal(locked?.priority, -10);
    assert.ok(saved._id);
    await repository.unlockJobs([saved._id]);
    const again = await lockNext(table, 'odd');
    assert.ok(again);
    await repository.unlockJob(again);
    assert.equal(await repository.lockJob(again, undefined).then((job) => String(job?._id)), String(saved._id));
    assert.equal(await repository.lockJob(again, undefined), undefined);
    assert.equal(await repository.getQueueSize(), 1);
    const overview = await repository.getJobsOverview();
    assert.equal(overview.find(({ name }) => name === 'odd')?.running, 1);
  });

  check('Agenda itself runs a job once among three workers', async (tables) => {
    let runs = 0;
    const agendas: Agenda[] = [];
    for (let index = 0; index < 3; index++) {
      const { backend } = await tables.open();
      const agenda = new Agenda({ backend, processEvery: 50, defaultLockLifetime: 1_000 });
      agenda.define('once', async () => {
        runs++;
      });
      agendas.push(agenda);
    }
    await agendas[0]?.create('once', { only: 'once' }).save();
    await Promise.all(agendas.map((agenda) => agenda.start()));
    while (runs === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await Promise.all(agendas.map((agenda) => agenda.drain({ timeout: 2_000, closeConnection: false })));
    assert.equal(runs, 1);
  });
};
