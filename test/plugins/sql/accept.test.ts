/** What the sql plugin writes of data that flows in, and what keeps it from writing. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import type { AcceptConfig } from '../../../plugins/sql/accept/accept-schema.ts';
import { createRowReader } from '../../../plugins/sql/accept/read-row.ts';
import { parsePath, SEVERAL, valueAt } from '../../../plugins/sql/accept/received-path.ts';
import sqlPlugin from '../../../plugins/sql/index.ts';
import { ConfigProblems, type IncomingData, type IncomingValue } from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { startMariadb, startPostgres } from '../../support/servers.ts';
import { INBOX, INBOX_SECTION } from '../../support/sql-inbox.ts';
import { createSqlPlugin, openServer, openSqlite } from '../../support/sql-subjects.ts';

const at = (data: IncomingValue, path: string) => valueAt(data, parsePath(path) ?? assert.fail(path));

test('a path finds one value, by a condition where there are several; it never chooses', () => {
  const ids = [
    { identifier_type: 'UIN', identifier_value: '1' },
    { identifier_type: 'a.b', identifier_value: 2 },
    { identifier_type: 'UIN', identifier_value: '3' },
  ];
  const data = { member: { ids, one: [{ x: true }], none: [], empty: '', nothing: null, plain: 'text' } };
  assert.equal(at(data, 'member.ids[identifier_type=a.b].identifier_value'), 2);
  assert.equal(at(data, 'member.ids[identifier_type=UIN].identifier_value'), SEVERAL);
  assert.equal(at(data, 'member.ids.identifier_value'), SEVERAL);
  assert.equal(at(data, 'member.ids[identifier_type=none].identifier_value'), undefined);
  assert.equal(at(data, 'member.one.x'), true);
  for (const path of ['member.none.x', 'member.empty', 'member.nothing', 'member.plain.length', 'constructor', 'a.b.c'])
    assert.equal(at(data, path), undefined, path);
  for (const path of ['', 'a..b', '.a', 'a.', 'a[b]', 'a[b=c', 'a[=c]', 'a]b', 'a[b=c]d'])
    assert.equal(parsePath(path), undefined, path);
});

const MESSAGE: IncomingData = {
  ...{ kind: 'enrollment-updates', partner: 'sp', transactionId: 't', receiptType: 'enrolled', items: [] },
  receivedAt: '2026-01-15T10:30:00Z',
};
const CONFIG: AcceptConfig = {
  ...{ file: 'x', table: 't', key: 'k' },
  columns: {
    who: { from: ['name', 'other.name'], need: true },
    status: { from: 'status', codes: { '1': 'A' } },
    by: { is: 'partner' },
    tx: { is: 'transaction' },
    type: { is: 'receipt_type' },
    at: { is: 'received_at' },
    all: { is: 'content' },
  },
};
const read = (data: Readonly<Record<string, IncomingValue>>) =>
  createRowReader(CONFIG).read({ key: 'key', data }, MESSAGE);

test('a row is made of what was received and who sent it, or a sentence without a value says why not', () => {
  const data = { name: '', other: { name: 'Ana' }, status: 1 };
  assert.deepEqual(read(data), {
    key: 'key',
    values: ['Ana', 'A', 'sp', 't', 'enrolled', '2026-01-15 10:30:00', JSON.stringify(data)],
  });
  for (const [bad, sentence] of [
    [{}, 'name or other.name is missing.'],
    [{ name: { secret: 1 } }, 'name or other.name must be plain text, a number or a boolean.'],
    [{ name: 'se\0cret' }, 'name or other.name must be plain text, a number or a boolean.'],
    [{ name: ['secret', 'secret2'] }, 'There are several values at name or other.name.'],
    [{ name: 'a', status: 'secret' }, 'status has a code that this registry does not know.'],
    [{ name: 'a', status: 'toString' }, 'status has a code that this registry does not know.'],
  ] as const)
    assert.deepEqual(read(bad), { problem: sentence });
});

test('a section that cannot be meant is refused before anything is opened', () => {
  const problems = (accept: object, more: object = {}) =>
    (sqlPlugin.check?.({ client: 'sqlite', file: 'r.db', entities: {}, accept, ...more } as never) ?? [])
      .filter(({ path }) => path[0] === 'accept')
      .map(({ path, problem }) => `${path.join('.')} ${problem}`);
  const section = { table: 't', key: 'k', columns: { a: 'b' } };
  assert.deepEqual(problems({ ...section, file: 'x' }), []);
  assert.deepEqual(problems(section), ['accept has no file']);
  assert.deepEqual(problems({ ...section, url: 'x' }), ['accept.url is not for sqlite', 'accept has no file']);
  assert.deepEqual(problems({ ...section, file: 'x', columns: { k: 'b', c: 'a..b' } }), [
    'accept.columns.k is the key, which is filled in by itself',
    'accept.columns.c is a..b, which is no path',
  ]);
  const postgres = { client: 'postgres', url: 'postgres://a/b', file: undefined };
  assert.deepEqual(problems({ ...section, url: 'mysql://a/b' }, postgres), [
    'accept.url does not start with postgres://',
  ]);
});

const servers = await Promise.all([startPostgres(), startMariadb()]);
after(async () => {
  for (const server of servers) await server?.[Symbol.asyncDispose]();
});
const [postgres, mariadb] = servers;

const ENTITIES = { inbox: { table: 'inbox', key: 'k' } };
const WITHOUT_INDEX = INBOX.replace(' primary key', '');

for (const [name, open] of [
  [
    'SQLite',
    (schema: string, section: object) => openSqlite([schema], ENTITIES, (file) => ({ accept: { ...section, file } })),
  ],
  [
    'PostgreSQL',
    (schema: string, section: object) =>
      postgres && openServer('postgres', postgres, [schema], ENTITIES, (url) => ({ accept: { ...section, url } })),
  ],
  [
    'MariaDB',
    (schema: string, section: object) =>
      mariadb && openServer('mariadb', mariadb, [schema], ENTITIES, (url) => ({ accept: { ...section, url } })),
  ],
] as const)
  test(`a table of ${name} that does not fit stops the start: no unique index, no such column, no such table`, async (t) => {
    const problemsOf = async (schema: string, section: object) => {
      const subject = await open(schema, section);
      if (subject === undefined) return undefined;
      try {
        await subject.plugin.describe(callContext());
        return [];
      } catch (error) {
        assert.ok(error instanceof ConfigProblems);
        return error.problems.map(({ path, problem }) => `${path.join('.')} ${problem}`);
      } finally {
        await subject.plugin.close();
        await subject.close();
      }
    };
    if ((await problemsOf(INBOX, INBOX_SECTION)) === undefined) return t.skip(`no ${name}`);
    assert.deepEqual(await problemsOf(INBOX, INBOX_SECTION), []);
    const [unindexed] = (await problemsOf(WITHOUT_INDEX, INBOX_SECTION)) ?? [];
    assert.equal(unindexed, 'accept.key is a column without a unique index of its own');
    for (const section of [
      { ...INBOX_SECTION, columns: { gone: 'x' } },
      { ...INBOX_SECTION, table: 'gone' },
    ])
      assert.match((await problemsOf(INBOX, section))?.[0] ?? '', /^accept does not fit the table: .*gone/);
  });

test('a file that is not there is not made, and what is read goes on', async () => {
  const subject = await openSqlite([INBOX], ENTITIES, (file) => ({
    accept: { ...INBOX_SECTION, file: `${file}.gone` },
  }));
  try {
    assert.equal((await subject.plugin.describe(callContext())).length, 1);
    const message = { ...MESSAGE, items: [{ key: 'k', data: { name: 'a' } }] };
    await assert.rejects(async () => subject.plugin.accept?.(message, callContext()), /not there/);
    assert.throws(() => writeFileSync(`${subject.file}.gone`, '', { flag: 'r+' }), /ENOENT/);
  } finally {
    await subject.plugin.close();
    await subject.close();
  }
});

test('while another process writes to the file it waits, without holding up others', async () => {
  const subject = await openSqlite([INBOX], ENTITIES, (file) => ({ accept: { ...INBOX_SECTION, file } }));
  using other = new DatabaseSync(subject.file);
  try {
    other.exec('begin immediate');
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    const accepting = subject.plugin.accept?.(
      { ...MESSAGE, items: [{ key: 'k', data: { name: 'a' } }] },
      callContext(),
    );
    await new Promise((resolve) => setTimeout(resolve, 150));
    clearInterval(ticking);
    assert.ok(turns > 5, `${turns} turns of the loop`);
    other.exec('commit');
    assert.deepEqual(await accepting, { items: [{ status: 'stored' }] });
  } finally {
    await subject.plugin.close();
    await subject.close();
  }
});

test('without the section there is no way in at all', async () => {
  const plugin = await createSqlPlugin({ client: 'sqlite', file: '/nowhere.db', entities: ENTITIES });
  assert.equal(plugin.accept, undefined);
  await plugin.close();
});
