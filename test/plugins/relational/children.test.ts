/** Child rows are those of the edge that was asked for, whichever was asked for before. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NativeRow, RegistryQuery } from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { openSqlite } from '../../support/sql-subjects.ts';

const SCHEMA = [
  'create table person (id integer primary key)',
  'create table household (id integer primary key)',
  'create table document (id integer primary key, person_id integer, household_id integer, number text)',
  'insert into person values (1), (2)',
  'insert into household values (1), (2)',
  "insert into document values (1, 1, 2, 'of person 1, household 2'), (2, 2, null, 'of person 2'), (3, null, 1, 'of household 1')",
];

const all = (entity: string): RegistryQuery => ({
  entity,
  filter: { kind: 'all' },
  select: { columns: ['id'], children: { papers: { child: 'documents', columns: ['number'], children: {} } } },
  order: [],
  ...{ limit: 10, offset: 0, countCap: 10 },
});

test('two entities with the same key whose children are of one entity each have their own', async () => {
  const subject = await openSqlite(SCHEMA, {
    person: { table: 'person', key: 'id', children: { documents: { entity: 'document', on: { id: 'person_id' } } } },
    household: { table: 'household', key: 'id', children: { documents: { entity: 'document', on: { id: 'household_id' } } } }, // biome-ignore format: one look
    document: { table: 'document', key: 'id' },
  });
  const papersOf = async (entity: string): Promise<unknown[]> => {
    const { rows } = await subject.plugin.search(all(entity), callContext());
    return rows.map(({ children }: NativeRow) => children.papers?.map(({ columns }) => columns.number));
  };
  assert.deepEqual(await papersOf('person'), [['of person 1, household 2'], ['of person 2']]);
  assert.deepEqual(await papersOf('household'), [['of household 1'], ['of person 1, household 2']]);
  await subject.plugin.close();
  await subject.close();
});
