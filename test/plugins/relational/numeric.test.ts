/** Columns that SQLite calls NUMERIC keep whole numbers to the digit, beyond what a double holds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegistryQuery } from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { openSqlite } from '../../support/sql-subjects.ts';

const all: RegistryQuery = {
  entity: 'person',
  filter: { kind: 'all' },
  select: { columns: ['id'], children: { papers: { child: 'documents', columns: ['number'], children: {} } } },
  order: [],
  ...{ limit: 10, offset: 0, countCap: 10 },
};

test('whole numbers of a NUMERIC column are told apart to the digit, as values, as keys and where rows join', async () => {
  const [one, next] = ['1234567890123456768', '1234567890123456769'];
  const subject = await openSqlite(
    [
      'create table person (id numeric(19) not null primary key)',
      'create table document (id integer primary key, person_id numeric(19), number text)',
      `insert into person values (${one}), (${next})`,
      `insert into document values (1, ${one}, 'one'), (2, ${next}, 'next')`,
    ],
    {
      person: { table: 'person', key: 'id', children: { documents: { entity: 'document', on: { id: 'person_id' } } } },
      document: { table: 'document', key: 'id' },
    },
  );
  const found = async (query: Partial<RegistryQuery>) => {
    const { rows } = await subject.plugin.search({ ...all, ...query }, callContext());
    return rows.map(({ columns, children }) => [
      columns.id,
      ...(children.papers ?? []).map((row) => row.columns.number),
    ]);
  };
  const eq = (value: string) => ({ filter: { kind: 'compare', column: 'id', op: 'eq', value } as const });
  assert.deepEqual(await found({}), [[one, 'one'], [next, 'next']]); // biome-ignore format: one look
  assert.deepEqual(await found(eq(next)), [[next, 'next']]);
  assert.deepEqual(await found(eq('1234567890123456770')), []);
  assert.deepEqual(await found({ filter: { kind: 'in', column: 'id', values: [one, '5'] } }), [[one, 'one']]);
  assert.deepEqual(await found({ limit: 1 }), [[one, 'one']]);
  assert.deepEqual(await found({ limit: 1, offset: 1 }), [[next, 'next']], 'the next page');
  await subject.plugin.close();
  await subject.close();
});
