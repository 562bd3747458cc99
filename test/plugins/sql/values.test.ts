/** What the columns of PostgreSQL and MariaDB come out as, and are described as. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { NativeValue, NonNullValue } from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { type DatabaseServer, startMariadb, startPostgres } from '../../support/servers.ts';
import { openServer } from '../../support/sql-subjects.ts';

const [mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()]);
after(async () => {
  await mariadb?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

/** Column → its SQL type, a value as SQL, what it must come out as, and as what type. */
type Values = Readonly<Record<string, readonly [type: string, sql: string, out: NativeValue, described: string]>>;

const POSTGRES: Values = {
  big: ['bigint', '9007199254740993', '9007199254740993', 'integer'],
  small: ['smallint', '-7', -7, 'integer'],
  exact: ['numeric(20,4)', '12345678901234.5000', '12345678901234.5000', 'decimal'],
  real: ['float8', '0.1', 0.1, 'float'],
  single: ['float4', '0.1', 0.1, 'float'],
  yes: ['boolean', 'true', true, 'boolean'],
  day: ['date', "'1950-07-12'", '1950-07-12', 'date'],
  moment: ['timestamp', "'2022-05-05 00:00:00.123456'", '2022-05-05 00:00:00.123456', 'datetime'],
  instant: ['timestamptz', "'2022-05-05 03:00:00+03'", '2022-05-05 00:00:00+00', 'instant'],
  padded: ['char(10)', "'ab'", 'ab', 'text'],
  leading: ['varchar(10)', "'007'", '007', 'text'],
  id: ['uuid', "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'text'],
  json: ['jsonb', `'{"a": 1}'`, '{"a": 1}', 'other'],
};

const MARIADB: Values = {
  big: ['bigint unsigned', '18446744073709551615', '18446744073709551615', 'integer'],
  small: ['tinyint(1)', '1', 1, 'integer'],
  exact: ['decimal(20,4)', '12345678901234.5000', '12345678901234.5000', 'decimal'],
  real: ['double', '0.1', 0.1, 'float'],
  single: ['float', '0.1', 0.1, 'float'],
  yes: ['bit(1)', "b'1'", true, 'boolean'],
  bits: ['bit(9)', "b'100000001'", 257, 'integer'],
  day: ['date', "'1950-07-12'", '1950-07-12', 'date'],
  zero: ['date', "'0000-00-00'", '0000-00-00', 'date'],
  moment: ['datetime(6)', "'2022-05-05 00:00:00.123456'", '2022-05-05 00:00:00.123456', 'datetime'],
  instant: ['timestamp', "'2022-05-05 00:00:00'", '2022-05-05 00:00:00+00', 'instant'],
  padded: ['char(10)', "'ab'", 'ab', 'text'],
  leading: ['varchar(10)', "'007'", '007', 'text'],
  kind: ["enum('A','B')", "'B'", 'B', 'text'],
  some: ["set('VIS','AUD','MOT')", "'AUD,VIS'", 'VIS,AUD', 'text'],
  raw: ['binary(2)', "x'0aff'", '0aff', 'other'],
};

const check = async (client: 'postgres' | 'mariadb', server: DatabaseServer | undefined, values: Values) => {
  assert.ok(server);
  const columns = Object.keys(values);
  const rows = Object.values(values);
  const zone = client === 'mariadb' ? ["set time_zone = '+00:00', sql_mode = ''"] : [];
  const schema = [
    ...zone,
    `create table v (pk int primary key, ${columns.map((name, n) => `v_${name} ${rows[n]?.[0]}`).join(', ')})`,
    `insert into v values (1, ${rows.map(([, sql]) => sql).join(', ')})`,
  ];
  const entities = { v: { table: 'v', key: 'pk' }, shown: { select: 'select v.* from v', key: 'pk' } };
  const { plugin } = await openServer(client, server, schema, entities);
  const described = await plugin.describe(callContext());
  for (const entity of described) {
    const select = { columns: columns.map((name) => `v_${name}`), children: {} };
    const all = { entity: entity.name, select, order: [], limit: 5, offset: 0, countCap: 5 };
    const page = await plugin.search({ ...all, filter: { kind: 'all' } }, callContext());
    for (const [name, [, , out, type]] of Object.entries(values)) {
      const column = `v_${name}`;
      assert.equal(page.rows[0]?.columns[column], out, `${entity.name}.${name}`);
      assert.equal(entity.columns.get(column)?.type, type, `${entity.name}.${name}`);
      if (type === 'other') continue;
      const filter = { kind: 'compare' as const, column, op: 'eq' as const, value: out as NonNullValue };
      assert.equal(
        (await plugin.search({ ...all, filter }, callContext())).total,
        1,
        `what comes out of ${name} finds its row`,
      );
    }
    assert.equal(entity.columns.get('v_day')?.zeroDates ?? false, false);
    assert.equal(entity.columns.get('v_zero')?.zeroDates ?? false, client === 'mariadb');
  }
  await plugin.close();
};

test('values of PostgreSQL come out whole', { skip: postgres === undefined }, () =>
  check('postgres', postgres, POSTGRES),
);
test('values of MariaDB come out whole', { skip: mariadb === undefined }, () => check('mariadb', mariadb, MARIADB));

for (const client of ['postgres', 'mariadb'] as const) {
  const server = { postgres, mariadb }[client];
  test(`rows of ${client} join by decimals of different scales`, { skip: server === undefined }, async () => {
    assert.ok(server);
    const schema = [
      'create table home (id numeric(12,2) primary key)',
      'create table person (id int primary key, home_id numeric(12,0))',
      'insert into home values (10), (12.00), (12.50)',
      'insert into person values (1, 12), (2, 10), (3, 12)',
    ];
    const entities = {
      home: { table: 'home', key: 'id', children: { members: { entity: 'person', on: { id: 'home_id' } } } },
      person: { table: 'person', key: 'id' },
    };
    const { plugin } = await openServer(client, server, schema, entities);
    const select = { columns: [], children: { members: { child: 'members', columns: ['id'], children: {} } } };
    const query = {
      entity: 'home',
      filter: { kind: 'all' },
      select,
      order: [],
      limit: 5,
      offset: 0,
      countCap: 5,
    } as const;
    const { rows } = await plugin.search(query, callContext());
    assert.deepEqual(
      rows.map(({ children }) => children.members?.map(({ columns }) => columns.id)),
      [[2], [1, 3], []],
    );
    await plugin.close();
  });
}

test('rows whose key has an enumeration in it come once, and the first of them is the same everywhere', {
  skip: mariadb === undefined,
}, async () => {
  assert.ok(mariadb);
  const schema = [
    'create table person (id int primary key)',
    "create table paper (person_id int, kind enum('Z','M','A'), number varchar(9), primary key (person_id, kind))",
    'insert into person values (1), (2)',
    "insert into paper values (1, 'A', 'a1'), (1, 'M', 'm1'), (1, 'Z', 'z1'), (2, 'Z', 'z2'), (2, 'A', 'a2')",
    "create table kind (code enum('Z','M','A') primary key)",
    "insert into kind values ('A'), ('M'), ('Z')",
  ];
  const papers = { entity: 'paper', on: { id: 'person_id' } };
  const entities = {
    person: { table: 'person', key: 'id', children: { papers } },
    paper: { table: 'paper', key: ['person_id', 'kind'] },
    kind: { table: 'kind', key: 'code' },
  };
  const { plugin } = await openServer('mariadb', mariadb, schema, entities);
  const search = async (entity: string, more: object) => {
    const select = { columns: [], children: {} };
    const query = { entity, filter: { kind: 'all' }, select, order: [], limit: 1, offset: 0, countCap: 9 } as const;
    return (await plugin.search({ ...query, ...more }, callContext())).rows;
  };
  for (const [entity, columns, count] of [
    ['paper', ['person_id', 'kind'], 5],
    ['kind', ['code'], 3],
  ] as const) {
    // biome-ignore format: one look
    const seen = new Set<string>();
    for (let offset = 0; offset < count; offset += 1)
      for (const row of await search(entity, { offset, select: { columns, children: {} } })) seen.add(JSON.stringify(row.columns)); // biome-ignore format: one look
    assert.equal(seen.size, count, `pages of ${entity}`);
  }
  const first = { child: 'papers', columns: ['number'], children: {}, first: { kind: 'all' } };
  const [shown] = await search('person', { select: { columns: ['id'], children: { first } } });
  const number = shown?.children.first?.[0]?.columns.number;
  for (const value of ['a1', 'm1', 'z1']) {
    const filter = { kind: 'first', child: 'papers', among: { kind: 'all' }, filter: { kind: 'compare', column: 'number', op: 'eq', value } }; // biome-ignore format: one look
    assert.equal((await search('person', { filter })).length, value === number ? 1 : 0, `${value} beside ${number}`);
  }
  await plugin.close();
});

test('the first of rows whose keys fold together is one row', { skip: postgres === undefined }, async () => {
  assert.ok(postgres);
  const schema = [
    "create collation loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
    'create table person (id int primary key)',
    'create table paper (id text collate loose not null, person_id int, number text)',
    'insert into person values (1)',
    "insert into paper values ('a', 1, 'second'), ('A', 1, 'first')",
  ];
  const papers = { entity: 'paper', on: { id: 'person_id' } };
  const entities = {
    person: { table: 'person', key: 'id', children: { papers } },
    paper: { table: 'paper', key: 'id' },
  };
  const { plugin } = await openServer('postgres', postgres, schema, entities);
  for (const [value, total] of [
    ['first', 1],
    ['second', 0],
  ] as const) {
    const number = { kind: 'compare', column: 'number', op: 'eq', value } as const;
    const filter = { kind: 'first', child: 'papers', among: { kind: 'all' }, filter: number } as const;
    const select = { columns: ['id'], children: {} };
    const query = { entity: 'person', filter, select, order: [], limit: 5, offset: 0, countCap: 5 };
    assert.equal((await plugin.search(query, callContext())).total, total, value);
  }
  await plugin.close();
});

test('a page of more rows than a statement has parameters comes whole, with its children', {
  skip: mariadb === undefined,
}, async () => {
  assert.ok(mariadb);
  const schema = [
    'create table area (a int primary key, b int)',
    'insert into area select seq, seq from seq_1_to_33000',
    'create view shown as select * from area',
  ];
  const own = { entity: 'area', on: { a: 'a' } };
  const entities = {
    area: { table: 'area', key: 'a' },
    shown: { view: 'shown', key: 'a', children: { own } },
  };
  const { plugin } = await openServer('mariadb', mariadb, schema, entities);
  const select = { columns: ['a'], children: { own: { child: 'own', columns: ['b'], children: {} } } };
  const query = { entity: 'shown', filter: { kind: 'all' }, select, order: [], limit: 50_000, offset: 0, countCap: 50_000 } as const; // biome-ignore format: one look
  const { rows } = await plugin.search(query, callContext());
  assert.equal(rows.length, 33_000);
  assert.ok(
    rows.every(({ columns, children }) => children.own?.length === 1 && children.own[0]?.columns.b === columns.a),
  );
  await plugin.close();
});

test('more values than a statement takes are the fault of that search alone', {
  skip: mariadb === undefined,
}, async () => {
  assert.ok(mariadb);
  const schema = ['create table p (id int primary key, name varchar(9))'];
  const { plugin } = await openServer('mariadb', mariadb, schema, { p: { table: 'p', key: 'id' } });
  const values = Array.from({ length: 20_000 }, (_, at) => `n${at}`);
  const filter = { kind: 'in', column: 'name', values } as const;
  const query = { entity: 'p', filter, select: { columns: ['id'], children: {} }, order: [], limit: 5, offset: 0, countCap: 5 }; // biome-ignore format: one look
  await assert.rejects(plugin.search(query, callContext()), { name: 'BackendError', kind: 'too_many' });
  await plugin.close();
});
