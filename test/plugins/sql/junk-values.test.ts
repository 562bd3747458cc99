/** What a database keeps in a column and no record can show is found by no comparison either. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { callContext } from '../../contract/plugin.suite.ts';
import { startGateway } from '../../support/gateway.ts';
import { startPostgres } from '../../support/servers.ts';
import { openSqlite } from '../../support/sql-subjects.ts';

const server = await startPostgres();
after(() => server?.[Symbol.asyncDispose]());

const FIELDS = { birth_date: 'd', registration_date: 't' };
const ATTRIBUTES = { whole: { from: 'i' }, fraction: { from: 'n' }, float: { from: 'f' } };

/** Row 1 holds what is right, the others do not. */
const assertOnlyTheFirst = async (backend: object): Promise<void> => {
  await using gateway = await startGateway({
    config: {
      registries: {
        social: {
          domain: 'social',
          mounts: ['/registry'],
          sample: true,
          backend: { plugin: 'sql', ...backend, entities: { person: { table: 'person', key: 'id' } } },
          records: {
            Person: {
              entity: 'person',
              fields: {
                identifier: [{ identifier_type: { const: 'UIN' }, identifier_value: { from: 'id', need: true } }],
                ...FIELDS,
              },
              attributes: ATTRIBUTES,
            },
          },
        },
      },
    },
  });
  const client = gateway.client();
  const found = async (query: unknown): Promise<string[]> => {
    const { body, text } = await client.search(query);
    const data = body.message?.search_response?.[0]?.data;
    assert.ok(data !== undefined, `${JSON.stringify(query)} ${text}`);
    const records: { identifier: { identifier_value: string }[] }[] = data.reg_records;
    return records.flatMap(({ identifier }) => identifier.map((each) => each.identifier_value));
  };
  const values = { birth_date: '2000-01-01', registration_date: '2000-01-01', whole: 5, fraction: 5, float: 5 };
  for (const [name, value] of Object.entries(values)) {
    for (const operator of ['$gt', '$gte', '$lt', '$lte', '$ne']) {
      const holds = operator.startsWith('$l') || operator === '$ne';
      assert.deepEqual(await found({ [name]: { [operator]: value } }), holds ? ['1'] : [], `${name} ${operator}`);
    }
    assert.deepEqual(await found({ [name]: { $exists: true } }), ['1'], `${name} exists`);
  }
};

test('PostgreSQL: NaN, infinities, years BC and of five digits', { skip: server === undefined }, async () => {
  const url = await server?.createDatabase([
    'create table person (id int primary key, d date, t timestamp, i int, n numeric, f float8)',
    "insert into person values (1, '1990-05-17', '1990-05-17 23:59:59.5', 3, 3, 3)",
    "insert into person values (2, '0044-03-15 BC', '0044-03-15 BC', null, 'NaN', 'NaN')",
    "insert into person values (3, '12000-01-01', '12000-01-01', null, 'Infinity', 'Infinity')",
    "insert into person values (4, '-infinity', '-infinity', null, '-Infinity', '-Infinity')",
    "insert into person values (5, 'infinity', 'infinity', null, null, null)",
  ]);
  await assertOnlyTheFirst({ client: 'postgres', url });
});

test('SQLite: text among numbers, numbers and other text among dates', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-junk-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'registry.db');
  const database = new DatabaseSync(file);
  database.exec(`
    create table person (id integer primary key, d date, t datetime, i integer, n decimal(9, 2), f real);
    insert into person values (1, '1990-05-17', '1990-05-17 10:00:00', 3, 3, 3);
    insert into person values (2, 'abc', null, 'abc', 'abc', 'abc');
    insert into person values (3, '19900517', null, '', '0x1', x'33');
    insert into person values (4, '1990-02-30', null, '1 2', ' ', '');
    insert into person values (5, '1990-5-1', null, x'33', x'33', 'NaN');
  `);
  database.close();
  await assertOnlyTheFirst({ client: 'sqlite', file });
});

test('SQLite: times that do not sort as text does are shown, and neither searched nor sorted by', async (t) => {
  const subject = await openSqlite(
    [
      'create table person (id integer primary key, a datetime, b datetime, c timestamptz, d datetime, e datetime)',
      "insert into person values (1, '2020-05-05T03:00:00', '2020-05-05', '2020-05-05 03:00:00+02:00', '2020-05-05 03:00:00.5', '0000-00-00')",
    ],
    { person: { table: 'person', key: 'id' } },
  );
  t.after(() => subject.close());
  const [person] = await subject.plugin.describe(callContext());
  const searched = ['a', 'b', 'c', 'd', 'e'].filter((name) => person?.columns.get(name)?.searchable);
  assert.deepEqual(searched, ['d', 'e']);
  assert.deepEqual(
    searched,
    ['a', 'b', 'c', 'd', 'e'].filter((name) => person?.columns.get(name)?.sortable),
  );
  const select = { columns: ['a'], children: {} };
  const all = {
    entity: 'person',
    filter: { kind: 'all' },
    select,
    order: [],
    limit: 1,
    offset: 0,
    countCap: 1,
  } as const;
  const { rows } = await subject.plugin.search(all, callContext());
  assert.equal(rows[0]?.columns.a, '2020-05-05T03:00:00');
  await subject.plugin.close();
});
