/** What `sql triggers` prints must never make a write of the registry fail: run by real servers, on schemas as they are found. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { stringify } from 'yaml';
import { configFolder } from '../support/config-folder.ts';
import { runCli } from '../support/run-cli.ts';
import { startMariadb, startPostgres } from '../support/servers.ts';

const postgres = await startPostgres();
after(() => postgres?.[Symbol.asyncDispose]());
const mariadb = await startMariadb();
after(() => mariadb?.[Symbol.asyncDispose]());

const printed = async (client: string, url: string): Promise<string> => {
  using folder = configFolder(
    stringify({
      store: { folder: './state' },
      registries: {
        social: {
          ...{ domain: 'social', mounts: ['/registry'] },
          backend: { plugin: 'sql', client, url, entities: { person: { table: 'person', key: 'id' } } },
          records: {
            Person: {
              entity: 'person',
              fields: {
                identifier: [{ identifier_type: { const: 'urn:nid' }, identifier_value: { from: 'nid', need: true } }],
              },
            },
          },
        },
      },
    }),
  );
  const { out, err, status } = await runCli(['sql', 'triggers', '-c', folder.file]);
  assert.equal(status, 0, err);
  return out;
};

test('a text that only the table’s character set has is logged, whatever the database’s is', {
  skip: mariadb === undefined,
}, async () => {
  const url = await mariadb?.createDatabase(
    ['create table person (id varchar(20) character set utf8mb4 primary key, nid varchar(20) character set utf8mb4)'],
    'character set latin1',
  );
  assert.ok(url);
  const owner = await createConnection({ uri: url, charset: 'utf8mb4', multipleStatements: true });
  try {
    await owner.query(await printed('mariadb', url));
    await owner.query("insert into person values ('Ж1', 'نور'); update person set nid = '😀'; delete from person");
    const [rows] = await owner.query('select id, nid, old_id, old_nid from dci_log_person order by dci_seq');
    assert.deepEqual(
      rows,
      [
        ['Ж1', 'نور', null, null],
        ['Ж1', '😀', 'Ж1', 'نور'],
        [null, null, 'Ж1', '😀'],
      ].map(([id, nid, old_id, old_nid]) => ({ id, nid, old_id, old_nid })),
    );
  } finally {
    await owner.end();
  }
});

test('a table that lies in another schema than its log is written as before, a partition as well', {
  skip: postgres === undefined,
}, async () => {
  const url = await postgres?.createDatabase([
    'create schema first; create schema parts',
    'create table public.person (id text not null, nid text, primary key (id)) partition by list (id)',
    "create table public.person_a partition of public.person for values in ('a')",
    "create table parts.person_b partition of public.person for values in ('b')",
  ]);
  assert.ok(url);
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  try {
    await owner.query('set search_path = first, public'); // where a new table goes is not where the old one is
    await owner.query(await printed('postgres', url));
    await owner.query('set search_path = pg_catalog');
    await owner.query("insert into public.person values ('a', '1'), ('b', '2')");
    await owner.query("update public.person set nid = '3' where id = 'b'");
    await owner.query("delete from parts.person_b where id = 'b'");
    const { rows } = await owner.query(
      'select trim(dci_op) || coalesce(id, old_id) as change from first.dci_log_person order by dci_seq',
    );
    assert.deepEqual(
      rows.map(({ change }) => change),
      ['Ia', 'Ib', 'Ub', 'Db'],
    );
  } finally {
    await owner.end();
  }
});
