import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { checkConfig } from '../../../plugins/csv/check-config.ts';
import type { CsvConfig } from '../../../plugins/csv/config.ts';
import { configSchema } from '../../../plugins/csv/config-schema.ts';
import { planLoad } from '../../../plugins/csv/plan.ts';

const config = (change: Partial<CsvConfig>): CsvConfig => ({
  files: { p: { file: 'p.csv', key: 'id' } },
  entities: { person: { table: 'p' } },
  ...change,
});

const mistakes: readonly (readonly [string, Partial<CsvConfig>, string, RegExp])[] = [
  ['an encoding that is not known', { encoding: 'klingon' }, 'encoding', /is no encoding/],
  ['a separator that is the quote', { separator: '"', quote: '"' }, 'files.p.quote', /is the separator/],
  [
    'a quote that is the usual separator',
    { files: { p: { file: 'p', key: 'id', quote: ',' } } },
    'files.p.quote',
    /is the separator/,
  ],
  [
    'a date without a year',
    { files: { p: { file: 'p', key: 'id', types: { d: 'date dd/mm-dd' } } } },
    'files.p.types.d',
    /is no date format/,
  ],
  [
    'a file with the name of a kept SELECT',
    { files: { p: { file: 'p', key: 'id' }, kept_p: { file: 'p' } } },
    'files.kept_p',
    /stored SELECTs/,
  ],
  [
    'a file with a name that SQLite keeps to itself',
    { files: { p: { file: 'p', key: 'id' }, sqlite_p: { file: 'p' } } },
    'files.sqlite_p',
    /SQLite's own/,
  ],
  [
    'two files that differ in case alone',
    { files: { p: { file: 'p', key: 'id' }, Papers: { file: 'p' }, papers: { file: 'p' } } },
    'files.papers',
    /differs from Papers in case alone/,
  ],
  ['a table that is no file', { entities: { person: { table: 'q' } } }, 'entities.person.table', /names no file: q/],
  ['an entity without a key', { files: { p: { file: 'p' } } }, 'entities.person', /has no key/],
  [
    'keep without a select',
    { entities: { person: { table: 'p', keep: true } } },
    'entities.person.keep',
    /select alone/,
  ],
  [
    'an index on what is not stored',
    { entities: { person: { table: 'p', index: ['a'] } } },
    'entities.person.index',
    /kept select/,
  ],
  [
    'a kept SELECT with a LIMIT',
    { entities: { person: { select: 'select * from p limit 3', key: 'id', keep: true } } },
    'entities.person.select',
    /LIMIT/,
  ],
  [
    'a child that is no entity',
    { entities: { person: { table: 'p', children: { c: { entity: 'nobody', on: { id: 'p' } } } } } },
    'entities.person.children.c.entity',
    /nobody/,
  ],
];

for (const [what, change, path, problem] of mistakes) {
  test(`${what} is refused at its place`, () => {
    const found = checkConfig(config(change));
    assert.deepEqual(
      found.map((each) => each.path.join('.')),
      [path],
    );
    assert.match(found[0]?.problem ?? '', problem);
  });
}

test('a configuration without mistakes passes', () => {
  assert.deepEqual(checkConfig(config({ encoding: 'windows-1252', separator: ';' })), []);
});

test('the schema refuses keys and values it does not know', () => {
  const validate = new Ajv({ strictTypes: false, allowUnionTypes: true, keywords: ['fix'] }).compile(configSchema);
  assert.equal(validate(config({})), true);
  const wrong: readonly object[] = [
    { ...config({}), extra: 1 },
    config({ files: {} }),
    config({ separator: '::' }),
    config({ reload_every: '10' }),
    config({ files: { p: { file: 'p', types: { a: 'money' } } } }),
    config({ files: { 'p"; drop': { file: 'p' } } }),
    config({ max_bad_rows: -1 }),
  ];
  for (const each of wrong) assert.equal(validate(each), false, JSON.stringify(each));
});

test('indexes are made once for keys, child columns and what is asked for, and none twice', () => {
  const { files, kept } = planLoad(
    {
      files: { p: { file: 'p', key: 'id', index: ['name', 'id', 'name'] }, c: { file: 'c', key: ['p', 'n'] } },
      entities: {
        person: {
          table: 'p',
          children: { cs: { entity: 'c', on: { id: 'p' } }, ks: { entity: 'k', on: { id: 'a', name: 'b' } } },
        },
        c: { table: 'c' },
        k: { select: 'select 1', keep: true, key: 'z', index: ['a'] },
      },
    },
    '/folder',
  );
  assert.deepEqual(
    files.map(({ indexes }) => indexes),
    [[['name']], []],
  );
  assert.deepEqual(
    kept.map(({ indexes }) => indexes),
    [[['a', 'b']]],
  );
});
