import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lendBackend } from '../../../plugins/csv/lent-backend.ts';
import { createSqliteBackend } from '../../../plugins/relational/sqlite-backend.ts';
import type { BackendPlugin } from '../../../src/plugin.ts';
import { makeFolder } from './files.ts';

test('a backend that is replaced closes after the last running call has its answer, and not before', async () => {
  using folder = makeFolder();
  const sqlite = createSqliteBackend({ file: `${folder.path}/none.sqlite`, entities: {} });
  let closed = false;
  const backend: BackendPlugin = {
    ...sqlite,
    close: async () => {
      closed = true;
      await sqlite.close();
    },
  };
  const lent = lendBackend(backend);
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const answers = [lent.use(() => first.promise), lent.use(() => second.promise)];
  const retired = lent.retire();
  first.reject(new Error('failed'));
  await assert.rejects(answers[0] ?? assert.fail(), /failed/);
  assert.equal(closed, false);
  second.resolve('answer');
  assert.equal(await answers[1], 'answer');
  await retired;
  assert.equal(closed, true);
});
