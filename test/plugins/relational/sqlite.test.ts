/** A SQLite file: it cannot be written, a long search neither blocks the thread nor outlives its deadline, what it holds comes out as it is. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createSqliteBackend } from '../../../plugins/relational/sqlite-backend.ts';
import { SqliteConnection } from '../../../plugins/relational/sqlite-connection.ts';
import { SqliteDatabase } from '../../../plugins/relational/sqlite-database.ts';
import {
  BackendError,
  type BackendPlugin,
  ConfigProblems,
  type NativeFilter,
  type RegistryQuery,
} from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';

const PERSONS = 200_000;

let folder: string;
let file: string;
let plugin: BackendPlugin;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dci-sqlite-'));
  file = join(folder, 'big.db');
  const database = new DatabaseSync(file);
  database.exec(
    `
    create table person (id integer primary key, national_id text, name text, big integer);
    insert into person select value, printf('N%08d', value), 'name ' || (value % 977) || ' of a family with a long name', value from generate_series(1, ${PERSONS});
    create index person_national on person(national_id);
    create table paper (id integer primary key, person_id integer, number text);
    insert into paper select id, id, 'X' || id from person;
    create index paper_person on paper(person_id);
  `.replace(
      `generate_series(1, ${PERSONS})`,
      `(with recursive s(value) as (select 1 union all select value + 1 from s where value < ${PERSONS}) select value from s)`,
    ),
  );
  database.close();
  plugin = createSqliteBackend({
    file,
    entities: {
      person: { table: 'person', key: 'id', children: { papers: { entity: 'paper', on: { id: 'person_id' } } } },
      shown: { select: 'select p.*, upper(p.name) as loud from person p', key: 'id' },
      paper: { table: 'paper', key: 'id' },
    },
  });
});
after(async () => {
  await plugin.close();
  rmSync(folder, { recursive: true, force: true });
});

const query = (entity: string, filter: NativeFilter): RegistryQuery => ({
  ...{ entity, filter, select: { columns: ['id'], children: {} } },
  ...{ order: [], limit: 20, offset: 0, countCap: 10_000 },
});
const contains = (column: string, value: string): NativeFilter => ({ kind: 'compare', column, op: 'contains', value });
const eq = (column: string, value: string): NativeFilter => ({ kind: 'compare', column, op: 'eq', value });
const kindOf = (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    (error: unknown) => (error instanceof BackendError ? error.kind : String(error)),
  );

/** The longest that the event loop stood still while this ran. */
const longestBlock = async (work: Promise<unknown>): Promise<number> => {
  let [running, longest, last] = [true, 0, performance.now()];
  const ended = work.finally(() => {
    running = false;
  });
  while (running) {
    await turn();
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await ended;
  return longest;
};

test('a search that scans leaves the thread free, a look-up by an index stays on it', async () => {
  await plugin.describe(callContext());
  const started = performance.now();
  const scan = plugin.search(query('person', contains('name', 'nobody')), callContext());
  const longest = await longestBlock(scan);
  const took = performance.now() - started;
  assert.equal((await scan).total, 0);
  assert.ok(longest < Math.max(30, took / 2), `blocked for ${longest} ms of ${took}`);
  const { rows } = await plugin.search(query('person', eq('national_id', 'N00000042')), callContext());
  assert.deepEqual(rows, [{ columns: { id: 42 }, children: {} }]);
});

test('the deadline stops tables, SELECTs and conditions on children while they run', async () => {
  const slow: readonly NativeFilter[] = [
    contains('name', 'nobody'),
    { kind: 'any', child: 'papers', filter: contains('number', 'nothing') },
    { kind: 'not', of: { kind: 'any', child: 'papers', filter: contains('number', 'X') } },
  ];
  for (const filter of slow) {
    const started = performance.now();
    assert.equal(
      await kindOf(plugin.search(query('person', filter), { ...callContext(5), deadline: performance.now() + 5 })),
      'timeout',
    );
    assert.ok(performance.now() - started < 500);
  }
  assert.equal(await kindOf(plugin.search(query('shown', contains('loud', 'NOBODY')), callContext(5))), 'timeout');
});

test('a deadline on this thread stops a statement as well', () => {
  const connection = new SqliteConnection(file);
  const until = performance.now() + 10;
  const started = performance.now();
  assert.throws(
    () =>
      connection.all(
        "select count(*) from person where (random() & 1023 or dci_alive()) and name like '%nobody%'",
        [],
        () => performance.now() < until,
      ),
    { name: 'OutOfTime' },
  );
  assert.ok(performance.now() - started < 200);
  connection.close();
});

test('no statement writes, whatever a SELECT says', () => {
  const connection = new SqliteConnection(file);
  for (const text of [
    'delete from person',
    'insert into person(id) values (-1) returning id',
    'pragma query_only = 0',
    "attach 'x.db' as x",
    'create temp table t(a)',
  ])
    assert.throws(() => connection.all(text, [], () => true), text);
  connection.close();
});

test('pages that follow each other are the same as by offset, each from the last row of the one before', async () => {
  const page = (offset: number) =>
    plugin.search({ ...query('person', { kind: 'all' }), offset, limit: 50 }, callContext());
  const deep = PERSONS - 200;
  const cold = await page(deep + 50);
  await page(deep);
  assert.deepEqual(await page(deep + 50), cold);
  assert.equal((await page(PERSONS - 10)).rows.length, 10);
});

test('a file that is not there, or is no database, is unavailable and found when it is put right', async () => {
  const late = join(folder, 'late.db');
  const waiting = createSqliteBackend({ file: late, entities: { person: { table: 'person', key: 'id' } } });
  assert.equal(await kindOf(waiting.health(callContext())), 'unavailable');
  await assert.rejects(waiting.describe(callContext()), /the file cannot be opened/);
  writeFileSync(late, 'this is no database, and it is long enough to be looked at as one: '.repeat(20));
  assert.equal(await kindOf(waiting.describe(callContext())), 'unavailable');
  await assert.rejects(waiting.describe(callContext()), /the file is no SQLite database/);
  writeFileSync(late, readFileSync(file));
  assert.equal((await waiting.describe(callContext())).length, 1);
  await waiting.close();
});

test('big integers, booleans and dates come out as they lie there', async () => {
  const path = join(folder, 'types.db');
  const database = new DatabaseSync(path);
  database.exec(`create table t (id integer primary key, big bigint, yes boolean, day date, dec decimal(7,2), code text, loose);
    insert into t values (1, 9007199254740993, 1, '1950-07-12', 12.5, '007', 'x'), (2, 5, 0, null, null, '7', 'y')`);
  database.close();
  const types = createSqliteBackend({ file: path, entities: { t: { table: 't', key: 'id' } } });
  const columns = ['big', 'yes', 'day', 'dec', 'code', 'loose'];
  const { rows } = await types.search(
    { ...query('t', { kind: 'all' }), select: { columns, children: {} } },
    callContext(),
  );
  assert.deepEqual(rows[0]?.columns, {
    big: '9007199254740993',
    yes: true,
    day: '1950-07-12',
    dec: '12.5',
    code: '007',
    loose: 'x',
  });
  const found = await types.search(
    query('t', { kind: 'compare', column: 'code', op: 'eq', value: '7' }),
    callContext(),
  );
  assert.deepEqual(
    found.rows.map((row) => row.columns.id),
    [2],
  );
  await types.close();
});

test('keys that are empty or doubled, missing columns and joins of different types are named by their path', async () => {
  const path = join(folder, 'wrong.db');
  const database = new DatabaseSync(path);
  database.exec(
    "create table t (a integer, b text, c integer); insert into t values (1, 'x', 1), (1, 'y', null), (2, 'x', 2)",
  );
  database.close();
  const problemsOf = async (t: object): Promise<readonly string[]> => {
    const wrong = createSqliteBackend({ file: path, entities: { t: { table: 't', key: ['a', 'b'], ...t } } });
    const found = await wrong.describe(callContext()).then(
      () => [],
      (error: unknown) => {
        assert.ok(error instanceof ConfigProblems, String(error));
        return error.problems.map((each) => `${each.path.join('.')}: ${each.problem}`);
      },
    );
    await wrong.close();
    return found;
  };
  assert.deepEqual(await problemsOf({}), []);
  assert.deepEqual(await problemsOf({ key: 'a' }), ['entities.t.key: is the same in several rows']);
  assert.deepEqual(await problemsOf({ key: 'c' }), ['entities.t.key: is empty in some rows']);
  assert.deepEqual(await problemsOf({ key: 'c', where: { a: 2 } }), []);
  assert.deepEqual(await problemsOf({ key: ['a', 'z'] }), [
    'entities.t.key.1: names the column z, which is not there or not selected',
  ]);
  assert.deepEqual(await problemsOf({ live: { a: 'x' } }), [
    'entities.t.live.a: compares a (INTEGER) with a value that it cannot hold',
  ]);
  assert.deepEqual(await problemsOf({ table: 'nothing' }), [
    'entities.t.table: cannot be read: no such table: nothing',
  ]);
  assert.deepEqual(await problemsOf({ children: { x: { entity: 't', on: { a: 'b' } } } }), [
    'entities.t.children.x.on.a: joins a (INTEGER) to b (TEXT), which are of different types',
  ]);
});

test('a statement that ran out of its share here runs elsewhere, and is tried here again later', async (t) => {
  const database = new SqliteDatabase(file, 1, 60_000);
  let passed = 0;
  let step = 0;
  const real = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => {
    passed += step;
    return real() + passed;
  });
  const statement = { sql: "select count(*) from json_each('[1, 2, 3, 4, 5]') where dci_alive()", parameters: [] };
  const runsHere = (): Promise<boolean> =>
    database.session(callContext(60_000), async (session) => {
      const rows = session.all(statement, []);
      const here = !(rows instanceof Promise);
      assert.deepEqual(await rows, [[5n]]);
      return here;
    });
  try {
    step = 10; // a machine so busy that each look at the clock is 10 ms later
    assert.equal(await runsHere(), false);
    step = 0;
    assert.equal(await runsHere(), false);
    passed += 11_000;
    assert.equal(await runsHere(), true);
  } finally {
    await database.close();
  }
});

test('the file is locked for readers no longer than a turn of the event loop', async () => {
  const connection = new SqliteConnection(file);
  const writer = new DatabaseSync(file, { timeout: 0 });
  try {
    assert.equal(connection.all('select id from person where id = 42', [], () => true).length, 1);
    assert.throws(() => writer.exec('begin exclusive; commit'), /locked/);
    await turn();
    writer.exec('begin exclusive; commit');
    assert.equal(connection.all('select id from person where id = 43', [], () => true).length, 1);
    connection.close();
    writer.exec('begin exclusive; commit');
  } finally {
    writer.close();
  }
});

test('a long row of conditions is no deep one: as many as a query may come to are answered', async () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => ({ kind: 'and', of: [eq('id', String(index + 1)), eq('national_id', `N${String(index + 1).padStart(8, '0')}`)] }) as const); // biome-ignore format: one look
  const near = { kind: 'compare', column: 'id', op: 'le', value: '1010' } as const; // each row is held against each condition
  const some = query('person', { kind: 'and', of: [near, { kind: 'or', of: ids }] });
  assert.equal((await plugin.search(some, callContext())).total, 1_000);
  const others = ids.map((of) => ({ kind: 'not', of }) as const);
  const rest = await plugin.search(query('person', { kind: 'and', of: [...others, eq('id', '1001')] }), callContext());
  assert.equal(rest.total, 1);
});
