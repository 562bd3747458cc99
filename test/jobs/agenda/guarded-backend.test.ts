import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { JobParameters } from 'agenda';
import { guardBackend } from '../../../src/jobs/agenda/guarded-backend.ts';
import { createSqliteJobTable } from '../../../src/jobs/agenda/sqlite-backend.ts';

const JOB: JobParameters = { name: 'wake', priority: 0, type: 'normal', nextRunAt: new Date(0), data: {} };

const rig = async (count = 2) => {
  const { backend: inner } = createSqliteJobTable(new DatabaseSync(':memory:'));
  for (let index = 0; index < count; index++) await inner.repository.saveJob(JOB, undefined);
  const errors: unknown[] = [];
  const guard = guardBackend(inner, (cause) => void errors.push(cause));
  const next = () => guard.backend.repository.getNextJobToRun('wake', new Date(), new Date(0), undefined, undefined);
  const locked = async () => (await inner.repository.queryJobs({ state: 'running' })).total;
  return { inner, guard, errors, next, locked };
};

test('once it stops, no job is locked any more', async () => {
  const { guard, next, locked } = await rig();
  assert.ok(await next());
  guard.stopLocking();
  assert.equal(await next(), undefined);
  assert.equal(await locked(), 1);
});

test('what was locked and never ran is given back; what runs keeps its lock', async () => {
  const { guard, next, locked } = await rig();
  const running = await next();
  assert.ok(running);
  await guard.backend.repository.saveJobState(running, undefined); // as Agenda does when it starts one
  assert.ok(await next());
  assert.equal(await locked(), 2);
  guard.stopLocking();
  await guard.settle();
  assert.equal(await locked(), 1);
});

test('an unlock that fails and that nobody waits for is told, not thrown', async () => {
  const { inner, guard, errors } = await rig(0);
  Object.assign(inner.repository, { unlockJob: () => Promise.reject(new Error('away')) });
  await guard.backend.repository.unlockJob(JOB);
  assert.match(String(errors[0]), /away/);
});
