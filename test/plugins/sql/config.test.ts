import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import sqlPlugin from '../../../plugins/sql/index.ts';

const { configSchema, check } = sqlPlugin;
const validate = new Ajv({ allowUnionTypes: true, strict: false }).compile(configSchema);
const person = { table: 'person', key: 'id' };

const problems = (config: object) =>
  (check?.({ client: 'sqlite', file: 'r.db', ...config } as Parameters<NonNullable<typeof check>>[0]) ?? []).map(
    ({ path, problem }) => `${path.join('.')}: ${problem}`,
  );

test('every option of the schema stands in the README, with its default, and no other', () => {
  const readme = readFileSync(new URL('../../../plugins/sql/README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `([a-z_.*]+)` \|([^|]*)\|/gm)].map(
    ([, name, standard = '']) => [name, standard.trim()] as const,
  );
  const listed = new Map(rows);
  const expected = new Map<string, unknown>();
  const visit = (schema: Schema, path: string): void => {
    if (path !== '') expected.set(path, schema.default);
    for (const [name, inner] of Object.entries(schema.properties ?? {}))
      visit(inner, path === '' ? name : `${path}.${name}`);
    const named = schema.additionalProperties;
    if (typeof named === 'object' && named.properties)
      for (const [name, inner] of Object.entries(named.properties)) visit(inner, `${path}.*.${name}`);
  };
  visit(configSchema as Schema, '');
  assert.deepEqual([...listed.keys()].sort(), [...expected.keys()].sort());
  for (const [name, standard] of expected)
    if (standard !== undefined) assert.equal(listed.get(name), `\`${String(standard)}\``, name);
});

interface Schema {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

test('unknown keys are refused on every level', () => {
  const right = { client: 'sqlite', file: 'r.db', entities: { person } };
  assert.ok(validate(right));
  for (const wrong of [
    { ...right, tabel: 1 },
    { ...right, pool: { maximum: 3 } },
    { ...right, ssl: { verify: false } },
    { ...right, entities: { person: { ...person, keys: 'id' } } },
    {
      ...right,
      entities: { person: { ...person, children: { a: { entity: 'person', on: { id: 'id' }, sort: ['id'] } } } },
    },
    { ...right, entities: {} },
    { ...right, client: 'oracle' },
  ])
    assert.equal(validate(wrong), false, JSON.stringify(wrong));
});

test('a SELECT that sorts, cuts, ends or writes is refused, one that only mentions such words is not', () => {
  const of = (select: string) => problems({ entities: { person: { select, key: 'id' } } });
  const refused = [
    ['select * from person order by id', 'has an ORDER BY'],
    ['select * from person limit 10', 'has a LIMIT'],
    ['select * from person fetch first 3 rows only', 'has a LIMIT'],
    ['select * from person;', 'holds a ;'],
    ['select 1; drop table person', 'holds a ;'],
    ['delete from person', 'is not a SELECT'],
    ['with x as (delete from person returning id) select * from x', 'holds DELETE'],
    ['select * from person for update', 'holds FOR UPDATE'],
    ['select * from (person', 'has parentheses that do not close'],
    ['select * into copy from person', 'has an INTO'],
    ['select * from a) union (select * from b', 'has parentheses that do not close'],
  ];
  for (const [select = '', problem = ''] of refused)
    assert.deepEqual(of(select), [`entities.person.select: ${problem}`], select);
  for (const select of [
    "select id, 'order by; limit 1' as note from person -- order by; nothing",
    'select id, (select max(x) from y order by 1 limit 1) as m from person',
    'select id, row_number() over (order by id) as n from person /* limit */',
    'with p as (select * from person) select * from p',
    'select "limit", updated, deleted from person',
  ])
    assert.deepEqual(of(select), [], select);
});

test('what only one database writes is read as that database reads it', () => {
  const of = (client: string, select: string) =>
    problems({
      ...{ client, file: undefined, url: client === 'postgres' ? 'postgres://h/d' : 'mysql://h/d' },
      entities: { person: { select, key: 'id' } },
    });
  const json = "select id, (contact #>> '{phone,0}') as phone from person";
  assert.deepEqual(of('postgres', json), []);
  assert.deepEqual(of('postgres', `${json} # 1 limit 1`), ['entities.person.select: has a LIMIT']);
  for (const select of [
    "select id from person # isn't it (so; order by",
    "select id, 'it\\'s; (' as said, truncate(score, 2) as score from person",
  ])
    assert.deepEqual(of('mariadb', select), [], select);
});

test('sources, children, addresses and zones that cannot be are named with their path', () => {
  assert.deepEqual(problems({ entities: { person: { key: 'id' } } }), ['entities.person: has no source of rows']);
  assert.deepEqual(problems({ entities: { person: { ...person, view: 'v' } } }), [
    'entities.person.view: has table and view, but rows come from one source',
  ]);
  const children = { papers: { entity: 'paper', on: { id: 'person_id' }, order: ['a', '-a'] } };
  assert.deepEqual(problems({ entities: { person: { ...person, children } } }), [
    'entities.person.children.papers.entity: names the entity paper, which is not configured',
    'entities.person.children.papers.order.1: orders by a twice',
  ]);
  assert.deepEqual(problems({ file: undefined, entities: { person } }), [': has no file']);
  assert.deepEqual(problems({ url: 'postgres://h/d', entities: { person } }), ['url: is not for SQLite']);
  const server = { client: 'postgres', file: undefined, entities: { person } };
  assert.deepEqual(problems(server), [': has no url']);
  assert.deepEqual(problems({ ...server, url: 'mysql://h/d' }), ['url: does not start with postgres://']);
  assert.deepEqual(problems({ ...server, url: 'postgres://h' }), ['url: names no database']);
  assert.deepEqual(problems({ ...server, url: 'postgres://h/d?statement_timeout=0' }), [
    'url: has the parameter statement_timeout, which is not taken from an address',
  ]);
  const overTls = { ...server, ssl: {} };
  assert.deepEqual(problems({ ...overTls, url: 'postgres://h/d?sslmode=disable' }), [
    'url: says sslmode, and the section ssl says how TLS is',
  ]);
  assert.deepEqual(problems({ ...server, url: 'postgres://h/d?sslmode=verify-full&options=-c%20search_path%3Dx' }), []);
  assert.deepEqual(problems({ ...server, client: 'mysql', url: 'mysql://h/d?multipleStatements=true' }), [
    'url: has the parameter multipleStatements, which is not taken from an address',
  ]);
  assert.deepEqual(problems({ timezone: 'Mars/Olympus', entities: { person } }), [
    'timezone: is not a known time zone',
  ]);
});
