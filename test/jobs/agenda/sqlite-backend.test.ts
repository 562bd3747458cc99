import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createSqliteJobTable, unlockAllJobs } from '../../../src/jobs/agenda/sqlite-backend.ts';
import { agendaBackendSuite } from '../../contract/agenda-backend.suite.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

agendaBackendSuite('Agenda on SQLite', async () => {
  const database = new DatabaseSync(':memory:');
  return {
    open: async () => createSqliteJobTable(database),
    [Symbol.asyncDispose]: async () => database.close(),
  };
});

test('the process that opens the file alone finds no job locked by the one before', async () => {
  await using made = await temporaryFolder();
  const path = join(made.folder, 'jobs.sqlite');
  const before = new DatabaseSync(path);
  const table = createSqliteJobTable(before);
  const job = { name: 'wake', priority: 0, type: 'normal', nextRunAt: new Date(0), data: {} } as const;
  await table.backend.repository.saveJob(job, undefined);
  const next = (from: typeof table) =>
    from.backend.repository.getNextJobToRun('wake', new Date(), new Date(0), undefined, undefined);
  assert.ok(await next(table));
  before.close();
  const after = new DatabaseSync(path);
  const again = createSqliteJobTable(after);
  assert.equal(await next(again), undefined);
  unlockAllJobs(after);
  assert.ok(await next(again));
  after.close();
});
