import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallContext, Column, ColumnType, Entity } from '../../src/plugin.ts';
import { createMemoryPlugin } from './memory-plugin.ts';

const column = (name: string, type: ColumnType): Column => ({
  name,
  type,
  nullable: true,
  nativeType: type,
  searchable: true,
  sortable: true,
});

const entities: Entity[] = [
  {
    name: 'person',
    key: ['id'],
    columns: new Map([column('id', 'integer'), column('name', 'text')].map((each) => [each.name, each])),
    children: new Map([['papers', { entity: 'paper', on: { id: 'person_id' }, ordered: true }]]),
  },
  {
    name: 'paper',
    key: ['id'],
    columns: new Map(
      [column('id', 'integer'), column('person_id', 'integer'), column('number', 'text')].map((each) => [
        each.name,
        each,
      ]),
    ),
    children: new Map(),
  },
];

const plugin = createMemoryPlugin({
  entities,
  rows: {
    person: [
      { id: 1, name: 'b' },
      { id: 2, name: null },
      { id: 3, name: 'a' },
    ],
    paper: [
      { id: 1, person_id: 1, number: '0' },
      { id: 2, person_id: 1, number: '7' },
      { id: 3, person_id: 3, number: '7' },
    ],
  },
  children: { person: { papers: { order: ['-id'] } } },
});

const ctx = { signal: new AbortController().signal } as CallContext;
const ids = async (filter: Parameters<typeof plugin.search>[0]['filter']): Promise<unknown[]> => {
  const page = await plugin.search(
    {
      entity: 'person',
      filter,
      select: { columns: ['id'], children: {} },
      order: [{ column: 'name', direction: 'desc' }],
      limit: 10,
      offset: 0,
      countCap: 10,
    },
    ctx,
  );
  return page.rows.map((row) => row.columns.id);
};

test('the memory plugin sorts NULL last in both directions and its NOT is a complement', async () => {
  assert.deepEqual(await ids({ kind: 'all' }), [1, 3, 2]);
  assert.deepEqual(await ids({ kind: 'not', of: { kind: 'compare', column: 'name', op: 'eq', value: 'a' } }), [1, 2]);
});

test('the memory plugin tells any child row from the first one', async () => {
  const seven = { kind: 'compare', column: 'number', op: 'eq', value: '7' } as const;
  const zero = { kind: 'compare', column: 'number', op: 'eq', value: '0' } as const;
  assert.deepEqual(await ids({ kind: 'any', child: 'papers', filter: zero }), [1]);
  assert.deepEqual(await ids({ kind: 'first', child: 'papers', among: { kind: 'all' }, filter: zero }), []);
  assert.deepEqual(await ids({ kind: 'first', child: 'papers', among: { kind: 'all' }, filter: seven }), [1, 3]);
});

test('a value that the column cannot hold matches nothing', async () => {
  assert.deepEqual(await ids({ kind: 'in', column: 'id', values: ['abc', '01', 3] }), [3]);
});
