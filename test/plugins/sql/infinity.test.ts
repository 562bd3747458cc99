/** PostgreSQL's `infinity` in columns of dates and times, which registries keep for "until further notice". */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../../support/gateway.ts';
import { startPostgres } from '../../support/servers.ts';

const server = await startPostgres();
after(() => server?.[Symbol.asyncDispose]());

const COLUMNS = { birth_date: 'd', registration_date: 't', last_updated: 'z' } as const;

test('what the mapping calls empty is absent, in answers and in every comparison', {
  skip: server === undefined,
}, async () => {
  const url = await server?.createDatabase([
    'create table person (id int primary key, d date, t timestamp, z timestamptz)',
    "insert into person values (1, 'infinity', '-infinity', 'infinity'), (2, '1990-05-17', '1990-05-17', '1990-05-17')",
  ]);
  const fields = Object.entries(COLUMNS).map(([name, from]) => [name, { from, empty: ['infinity', '-infinity'] }]);
  await using gateway = await startGateway({
    config: {
      registries: {
        social: {
          domain: 'social',
          mounts: ['/registry'],
          sample: true,
          backend: { plugin: 'sql', client: 'postgres', url, entities: { person: { table: 'person', key: 'id' } } },
          records: {
            Person: {
              entity: 'person',
              fields: {
                identifier: [{ identifier_type: { const: 'UIN' }, identifier_value: { from: 'id', need: true } }],
                ...Object.fromEntries(fields),
              },
            },
          },
        },
      },
    },
  });
  const client = gateway.client();
  const found = async (query: unknown): Promise<string[]> => {
    const { body } = await client.search(query);
    const records: { identifier: { identifier_value: string }[] }[] = body.message.search_response[0].data.reg_records;
    return records.flatMap(({ identifier }) => identifier.map((each) => each.identifier_value));
  };
  for (const name of Object.keys(COLUMNS)) {
    assert.deepEqual(await found({ [name]: { $exists: true } }), ['2'], name);
    assert.deepEqual(await found({ [name]: { $exists: false } }), ['1'], name);
    assert.deepEqual(await found({ [name]: { $gt: '1900-01-01' } }), ['2'], name);
    assert.deepEqual(await found({ [name]: { $lt: '2100-01-01' } }), ['2'], name);
    assert.deepEqual(await found({ [name]: { $ne: '1980-01-01' } }), ['2'], name);
  }
  const { text } = await client.search({ type: 'UIN', value: '1' });
  assert.ok(!text.includes('infinity'));
});

test('a row that holds until further notice is chosen by where and live', { skip: server === undefined }, async () => {
  const url = await server?.createDatabase([
    'create table person (id int primary key, d date, t timestamp, z timestamptz)',
    "insert into person values (1, 'infinity', '-infinity', 'infinity'), (2, '1990-05-17', '1990-05-17', '1990-05-17'), (3, 'infinity', '-infinity', '1990-05-17')",
  ]);
  const backend = (where: object) => ({
    plugin: 'sql',
    client: 'postgres',
    url,
    entities: { person: { table: 'person', key: 'id', where, live: { z: ['infinity', '-infinity'] } } },
  });
  const identifier = [{ identifier_type: { const: 'UIN' }, identifier_value: { from: 'id', need: true } }];
  const registry = {
    domain: 'social',
    mounts: ['/registry'],
    sample: true,
    records: { Person: { entity: 'person', fields: { identifier } } },
  };
  const start = (where: object) =>
    startGateway({ config: { registries: { social: { ...registry, backend: backend(where) } } } });
  await using gateway = await start({ d: 'infinity', t: '-infinity' });
  const { body } = await gateway.client().search({ 'identifier.identifier_type': 'UIN' });
  const records: { identifier: { identifier_value: string }[] }[] = body.message.search_response[0].data.reg_records;
  assert.deepEqual(
    records.flatMap(({ identifier: all }) => all.map((each) => each.identifier_value)),
    ['1'],
  );
  await assert.rejects(start({ id: 'infinity' }), /compares id .* with a value that it cannot hold/);
});
