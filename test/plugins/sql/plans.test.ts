/** How many queries a page takes, and that look-ups enter by an index: asked of each database's own plans, on 20,000 persons. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { EntityConfigs } from '../../../plugins/relational/entities.ts';
import { createSqliteBackend } from '../../../plugins/relational/sqlite-backend.ts';
import { createMysqlBackend } from '../../../plugins/sql/mysql-backend.ts';
import { createPostgresBackend } from '../../../plugins/sql/postgres-backend.ts';
import { firstScan } from '../../../plugins/sql/postgres-plan.ts';
import type { BackendPlugin, NativeFilter, RegistryQuery } from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { startMariadb, startPostgres } from '../../support/servers.ts';
import { type SeenStatement, watchStatements } from '../../support/watched-database.ts';

const PERSONS = 20_000;
const [mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()]);
after(async () => {
  await mariadb?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

const entities: EntityConfigs = {
  person: {
    table: 'person',
    key: 'id',
    live: { deleted: 0 },
    children: {
      papers: { entity: 'paper', on: { id: 'person_id' }, order: ['number'] },
      names: { entity: 'name', on: { id: 'person_id' }, order: ['-preferred', 'id'] },
    },
  },
  paper: { table: 'paper', key: 'id' },
  name: { table: 'person_name', key: 'id' },
  household: {
    select: 'select h.*, (select count(*) from person p where p.hh = h.hh) as size from household h',
    key: 'hh',
    children: { members: { entity: 'person', on: { hh: 'hh' }, order: ['-is_head', 'id'] } },
  },
};

const schema = (numbers: string, prefix: string) => [
  'create table person (id int primary key, national_id varchar(20), surname varchar(50), hh int, is_head int not null, deleted int not null)',
  'create table paper (id int primary key, person_id int not null, kind varchar(3), number varchar(20))',
  'create table person_name (id int primary key, person_id int not null, preferred int not null, family varchar(50))',
  'create table household (hh int primary key, area varchar(20))',
  `insert into person select n, ${prefix}, ${prefix}, n / 4, n % 4, 0 from ${numbers}`,
  `insert into paper select n, n, 'P', ${prefix} from ${numbers}`,
  `insert into person_name select n, n, 1, ${prefix} from ${numbers}`,
  'insert into household select distinct hh, null from person',
  'create unique index person_national on person(national_id)',
  'create index person_hh on person(hh)',
  'create index paper_person on paper(person_id)',
  'create index paper_number on paper(number)',
  'create index name_person on person_name(person_id)',
  'create index name_family on person_name(family)',
];

interface Opened {
  readonly plugin: BackendPlugin;
  readonly seen: SeenStatement[];
  /** The part of a statement's plan that reads a whole table. */
  scan(statement: SeenStatement): Promise<string | undefined>;
  close(): Promise<void>;
}

const silent = () => undefined;
const server = {
  ...{ entities, schema: undefined, timeoutMs: 10_000, connectMs: 3000, connections: 2, tls: undefined },
  log: { debug: silent, info: silent, warn: silent, error: silent },
};

const openPostgres = async (): Promise<Opened> => {
  assert.ok(postgres);
  const text = schema(`generate_series(1, ${PERSONS}) n`, "'S' || lpad(n::text, 8, '0')");
  const url = await postgres.createDatabase([
    ...text,
    'create index person_surname on person(surname text_pattern_ops)',
    'analyze',
  ]);
  const { seen, wrap } = watchStatements();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const plugin = createPostgresBackend({ ...server, url, wrap });
  return {
    plugin,
    seen,
    scan: async ({ sql, params }) => {
      const { rows } = await client.query(`explain (format json) ${sql}`, [...params]);
      return firstScan(rows[0]?.['QUERY PLAN']);
    },
    close: async () => {
      await client.end();
      await plugin.close();
    },
  };
};

const openMariadb = async (): Promise<Opened> => {
  assert.ok(mariadb);
  const text = schema(`(select seq as n from seq_1_to_${PERSONS}) s`, "concat('S', lpad(n, 8, '0'))");
  const tables = 'analyze table person, paper, person_name, household';
  const url = await mariadb.createDatabase(
    [...text, 'create index person_surname on person(surname)', tables],
    'character set utf8mb4',
  );
  const { seen, wrap } = watchStatements();
  const connection = await mysql.createConnection({ uri: url, charset: 'utf8mb4' });
  const plugin = createMysqlBackend({ ...server, url, wrap });
  return {
    plugin,
    seen,
    scan: async ({ sql, params }) => {
      const [rows] = await connection.execute(
        `explain ${sql}`,
        params.map((each) => (typeof each === 'number' ? String(each) : each)) as string[],
      );
      const lines = rows as unknown as readonly { table: string | null; type: string; rows: number }[];
      const scan = lines.find(
        ({ table, type, rows }) => (type === 'ALL' || type === 'index') && rows > 1000 && table !== null,
      );
      return scan && JSON.stringify(scan);
    },
    close: async () => {
      connection.destroy();
      await plugin.close();
    },
  };
};

const openSqlite = async (): Promise<Opened> => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-plans-'));
  const file = join(folder, 'r.db');
  const database = new DatabaseSync(file);
  const numbers = `(with recursive s(n) as (select 1 union all select n + 1 from s where n < ${PERSONS}) select n from s)`;
  for (const statement of [...schema(numbers, "printf('S%08d', n)"), 'create index person_surname on person(surname)'])
    database.exec(statement);
  database.function('dci_alive', () => 1);
  const { seen, wrap } = watchStatements();
  const plugin = createSqliteBackend({ file, entities, wrap });
  return {
    plugin,
    seen,
    scan: async ({ sql }) =>
      database
        .prepare(`explain query plan ${sql}`)
        .all()
        .map(({ detail }) => String(detail))
        .find((line) => /^SCAN (?!json_each|u\b|w\b)/.test(line)),
    close: async () => {
      database.close();
      await plugin.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const eq = (column: string, value: string): NativeFilter => ({ kind: 'compare', column, op: 'eq', value });
const NUMBER = 'S00012345';
const paper: NativeFilter = {
  kind: 'any',
  child: 'papers',
  filter: { kind: 'and', of: [eq('kind', 'P'), eq('number', NUMBER)] },
};
const LOOK_UPS: Readonly<
  Record<string, { readonly entity: string; readonly filter: NativeFilter; readonly found: number }>
> = {
  'an identifier of its own': { entity: 'person', filter: eq('national_id', NUMBER), found: 1 },
  'a list of identifiers': {
    entity: 'person',
    filter: { kind: 'in', column: 'national_id', values: [NUMBER, 'S00000002', 'x'] },
    found: 2,
  },
  'an identifier in a child': { entity: 'person', filter: paper, found: 1 },
  'an identifier here or in a child': {
    entity: 'person',
    filter: { kind: 'or', of: [eq('national_id', 'S00000007'), paper] },
    found: 2,
  },
  'a prefix': {
    entity: 'person',
    filter: { kind: 'compare', column: 'surname', op: 'startswith', value: 'S0001234' },
    found: 10,
  },
  'the first name': {
    entity: 'person',
    filter: { kind: 'first', child: 'names', among: { kind: 'all' }, filter: eq('family', NUMBER) },
    found: 1,
  },
  "a member's identifier": {
    entity: 'household',
    filter: { kind: 'any', child: 'members', filter: eq('national_id', NUMBER) },
    found: 1,
  },
  "a member's paper": { entity: 'household', filter: { kind: 'any', child: 'members', filter: paper }, found: 1 },
  "the head's identifier": {
    entity: 'household',
    filter: { kind: 'first', child: 'members', among: { kind: 'all' }, filter: eq('national_id', 'S00012343') },
    found: 1,
  },
};

const queryOf = (entity: string, filter: NativeFilter, limit = 20): RegistryQuery => {
  const papers = { child: 'papers', columns: ['kind', 'number'], children: {} };
  const members = { child: 'members', columns: ['id'], children: { papers } };
  const person = entity === 'person';
  const select = person
    ? { columns: ['id'], children: { papers } }
    : { columns: ['hh', 'size'], children: { members } };
  return { entity, filter, select, order: [], limit, offset: 0, countCap: 10_000 };
};

for (const [name, open, skip] of [
  ['PostgreSQL', openPostgres, postgres === undefined],
  ['MariaDB', openMariadb, mariadb === undefined],
  ['SQLite', openSqlite, false],
] as const) {
  describe(`plans on ${name}`, { skip }, () => {
    test('every look-up enters by an index, and so do the queries for its rows and children', async () => {
      const opened = await open();
      await opened.plugin.describe(callContext());
      for (const [what, { entity, filter, found }] of Object.entries(LOOK_UPS)) {
        opened.seen.length = 0;
        const page = await opened.plugin.search(queryOf(entity, filter), callContext());
        assert.equal(page.rows.length, found, what);
        for (const statement of opened.seen)
          assert.equal(await opened.scan(statement), undefined, `${what}: ${statement.sql}`);
      }
      await opened.close();
    });

    test('a page takes as many queries for a hundred rows as for one', async () => {
      const opened = await open();
      await opened.plugin.describe(callContext());
      const counted = async (query: RegistryQuery) => {
        opened.seen.length = 0;
        await opened.plugin.search(query, callContext());
        return opened.seen.length;
      };
      const all: NativeFilter = { kind: 'all' };
      const [one, hundred] = [await counted(queryOf('person', all, 1)), await counted(queryOf('person', all, 100))];
      assert.equal(one, 3); // rows, count, papers
      assert.equal(hundred, one);
      assert.equal(await counted(queryOf('person', eq('national_id', NUMBER))), 2); // not full: nothing to count
      assert.equal(await counted(queryOf('person', eq('national_id', 'nobody'))), 1);
      assert.equal(await counted(queryOf('household', all, 100)), 5); // keys, rows, count, members, their papers
      await opened.close();
    });

    test('columns without an index are listed', async () => {
      const opened = await open();
      const columns = ['id', 'national_id', 'surname', 'is_head'].map((column) => ({ entity: 'person', column }));
      const scans = (await opened.plugin.scans?.(columns, callContext())) ?? [];
      assert.deepEqual(
        scans.map(({ column }) => column),
        ['is_head'],
      );
      await opened.close();
    });
  });
}

test('a column of uuids without an index is listed: it holds no other text', {
  skip: postgres === undefined,
}, async () => {
  const url = await postgres?.createDatabase([
    'create table bare (id int primary key, uid uuid)',
    'insert into bare select n, gen_random_uuid() from generate_series(1, 10000) n',
    'analyze',
  ]);
  const plugin = createPostgresBackend({ ...server, entities: { bare: { table: 'bare', key: 'id' } }, url: url ?? '' });
  const scans = await plugin.scans?.([{ entity: 'bare', column: 'uid' }], callContext());
  assert.deepEqual(
    scans?.map(({ column }) => column),
    ['uid'],
  );
  await plugin.close();
});
