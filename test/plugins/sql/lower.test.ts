import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { callContext } from '../../contract/plugin.suite.ts';
import { startMariadb, startPostgres } from '../../support/servers.ts';
import { openServer, openSqlite } from '../../support/sql-subjects.ts';

const [mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()]);
after(async () => {
  await mariadb?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

const NAMES = ['Muñoz', 'MUÑOZ', 'munoz', 'Mu%oz', 'mu_oz', 'Smith', 'SMITH ', ''];
const rows = NAMES.map((name, n) => `(${n}, '${name}')`).join();
const schema = ['create table p (id int primary key, name varchar(30))', `insert into p values ${rows}, (99, null)`];
const entities = { p: { table: 'p', key: 'id' } };

const cases = [
  ['eq', 'muñoz', [0, 1]],
  ['eq', 'smith', [5]],
  ['startswith', 'muñ', [0, 1]],
  ['startswith', 'mu_', [4]],
  ['contains', 'ñoz', [0, 1]],
  ['contains', '%', [3]],
  ['eq', 'Smith', []],
] as const;

for (const client of ['sqlite', 'mariadb', 'postgres'] as const) {
  const server = { sqlite: undefined, mariadb, postgres }[client];
  test(`lowered text is compared on ${client}`, { skip: client !== 'sqlite' && server === undefined }, async () => {
    const subject =
      client === 'sqlite' || server === undefined
        ? await openSqlite(schema, entities)
        : await openServer(client, server, schema, entities, {}, client === 'mariadb' ? 'character set utf8mb4' : '');
    for (const [op, value, expected] of cases) {
      const filter = { kind: 'compare', column: 'name', op, value, match: 'lower' } as const;
      const select = { columns: ['id'], children: {} };
      const query = { entity: 'p', filter, select, order: [], limit: 20, offset: 0, countCap: 20 };
      const page = await subject.plugin.search(query, callContext());
      assert.deepEqual(
        page.rows.map(({ columns }) => columns.id),
        expected,
        `${op} ${value}`,
      );
    }
    await subject.plugin.close();
    await subject.close();
  });
}

test('lowered text keeps its accents where the collation of the column folds them', {
  skip: postgres === undefined,
}, async (t) => {
  assert.ok(postgres);
  const collation = "create collation loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)";
  const loose = schema.map((statement) => statement.replace('varchar(30)', 'varchar(30) collate loose'));
  const { plugin } = await openServer('postgres', postgres, [collation, ...loose], entities);
  t.after(() => plugin.close());
  for (const [op, value, expected] of cases) {
    const filter = { kind: 'compare', column: 'name', op, value, match: 'lower' } as const;
    const select = { columns: ['id'], children: {} };
    const query = { entity: 'p', filter, select, order: [], limit: 20, offset: 0, countCap: 20 };
    const { rows } = await plugin.search(query, callContext());
    assert.deepEqual(
      rows.map(({ columns }) => columns.id),
      expected,
      `${op} ${value}`,
    );
  }
});
