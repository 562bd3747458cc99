import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import iconv from 'iconv-lite';
import { UnusableFile } from '../../../plugins/csv/read-header.ts';
import { foldText as mappingFold } from '../../../src/mapping/text-value.ts';
import { load, makeFolder } from './files.ts';

const PERSONS = 'id,name,born\nP1,Zoë,2001-02-03\n';

test('a row that is wrong is left out, with file and line and without its values; the others are there', () => {
  using folder = makeFolder({
    'persons.csv': Buffer.concat([
      Buffer.from(`${PERSONS}P2,too,many,fields\nP3\nP4,Óscar,3 May\n,nobody,\nP1,again,\n"P5"x,quote,\n`),
      Buffer.from([0x50, 0x36, 0x2c, 0xff, 0x2c, 0x0a]), // P6,<no UTF-8>,
      Buffer.from('P7,\0,\nP8,"in two\nlines",\nP9,last,2020-01-01'),
    ]),
  });
  const { bad, report, rows } = load(
    { files: { persons: { file: 'persons.csv', key: 'id', types: { born: 'date' } } } },
    folder,
  );
  assert.deepEqual(rows('select * from persons order by id'), [
    ['P1', 'Zoë', '2001-02-03'],
    ['P8', 'in two\nlines', null],
    ['P9', 'last', '2020-01-01'],
  ]);
  assert.deepEqual(bad.toSorted(), [
    'persons.csv:10 name has a NUL character in it',
    'persons.csv:3 has 4 fields instead of 3',
    'persons.csv:4 has 1 fields instead of 3',
    'persons.csv:5 born is not of type date',
    'persons.csv:6 id is empty, and it is a key',
    'persons.csv:7 repeats the key id',
    'persons.csv:8 its quotes do not match',
    'persons.csv:9 has bytes that are not utf-8',
  ]);
  assert.deepEqual([report.persons?.rows, report.persons?.badRows], [3, 8]);
});

test('more bad rows than allowed, over all files together, end the load and say where', () => {
  using folder = makeFolder({ 'a.csv': 'id\n1\n1\n', 'b.csv': 'id\n1\n2\n1\n2\n' });
  const files = { a: { file: 'a.csv', key: 'id' }, b: { file: 'b.csv', key: 'id' } };
  assert.equal(load({ files, max_bad_rows: 3 }, folder).bad.length, 3);
  assert.throws(
    () => load({ files, max_bad_rows: 2 }, folder),
    /^UnusableFile: b\.csv:5 repeats the key id.*more than 2/,
  );
});

test('every encoding, separator, quote and mark of "no value" that is configured is read', () => {
  const text = "id;name;note\nP1;Müller;'a;b'\nP2;NULL;''''\n";
  const encodings = ['utf-8', 'latin1', 'windows-1252', 'utf-16le', 'utf-16'];
  for (const encoding of encodings) {
    for (const addBOM of encoding.startsWith('utf') ? [true, false] : [false]) {
      using folder = makeFolder({ 'p.csv': iconv.encode(text, encoding, { addBOM }) });
      const file = { file: 'p.csv', key: 'id', encoding, separator: ';', quote: "'", empty: ['', 'NULL'] };
      const { bad, rows } = load({ files: { p: file } }, folder);
      assert.deepEqual(bad, [], `${encoding} ${addBOM}`);
      const expected = [
        ['P1', 'Müller', 'a;b'],
        ['P2', null, "'"],
      ];
      assert.deepEqual(rows('select * from p order by id'), expected, `${encoding} ${addBOM}`);
    }
  }
});

test('a byte that the encoding does not have is a bad row', () => {
  using folder = makeFolder({ 'p.csv': Buffer.from([...Buffer.from('id,n\n1,'), 0x81, 0x0a, 0x32, 0x2c, 0xe9, 0x0a]) });
  const { bad, rows } = load({ encoding: 'windows-1252', files: { p: { file: 'p.csv', key: 'id' } } }, folder);
  assert.deepEqual(bad, ['p.csv:2 has bytes that are not windows-1252']);
  assert.deepEqual(rows('select * from p'), [['2', 'é']]);
});

test('text stays text: leading zeros and blanks are kept, no column becomes a number by itself', () => {
  using folder = makeFolder({ 'p.csv': 'id,n\n007, 1.0 \n' });
  assert.deepEqual(load({ files: { p: { file: 'p.csv' } } }, folder).rows('select * from p'), [['007', ' 1.0 ']]);
});

test('a kept SELECT over several files is stored with its types, key and indexes', () => {
  using folder = makeFolder({
    'p.csv': 'id,home,born\n1,H1,2001-01-01\n2,H1,\n3,H2,2003-01-01\n',
    'h.csv': 'id,score\nH1,1.5\nH2,\n',
  });
  const select =
    'select p.id, p.born, h.score, (select count(*) from p q where q.home = p.home) as size from p join h on h.id = p.home';
  const { rows } = load(
    {
      files: {
        p: { file: 'p.csv', key: 'id', types: { born: 'date' } },
        h: { file: 'h.csv', key: 'id', types: { score: 'number' } },
      },
      entities: { person: { select, keep: true, key: 'id', index: ['score'] } },
    },
    folder,
  );
  assert.deepEqual(rows('select * from kept_person order by id'), [
    ['1', '2001-01-01', 1.5, 2],
    ['2', null, 1.5, 2],
    ['3', '2003-01-01', null, 1],
  ]);
  assert.deepEqual(rows("select name, type from pragma_table_info('kept_person')"), [
    ['id', 'TEXT'],
    ['born', 'DATE'],
    ['score', 'REAL'],
    ['size', 'INTEGER'],
  ]);
  assert.match(String(rows('explain query plan select 1 from kept_person where score = 1.5')), /kept_person by score/);
});

test('a kept SELECT that is wrong, doubles its key or leaves it empty is refused', () => {
  using folder = makeFolder({ 'p.csv': 'id,home\n1,H1\n2,H1\n3,\n' });
  const files = { p: { file: 'p.csv', key: 'id' } };
  const refused = (select: string, key: string, message: RegExp) =>
    assert.throws(() => load({ files, entities: { e: { select, keep: true, key } } }, folder), message);
  refused('select p.other from p', 'other', /UnusableSelect: e: SQLite refuses the SELECT: no such column: p.other/);
  refused('select id from p', 'home', /does not select home/);
  refused('select home from p where home is not null', 'home', /several rows of one key/);
  refused('select home from p', 'home', /rows without a key/);
});

test('children are found by index, and the file is for nobody else to read', () => {
  using folder = makeFolder({
    'p.csv': 'id\n1\n',
    'i.csv': `id,p\n${Array.from({ length: 500 }, (_, id) => `${id},${id}\n`).join('')}`,
  });
  const { rows, path } = load(
    {
      files: { p: { file: 'p.csv', key: 'id' }, i: { file: 'i.csv', key: 'id' } },
      entities: { p: { table: 'p', children: { is: { entity: 'i', on: { id: 'p' } } } }, i: { table: 'i' } },
    },
    folder,
  );
  assert.match(String(rows("explain query plan select * from i where p = '1'")), /USING INDEX i by p/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a folded copy of a column is kept, folded as a mapping folds what is searched for', () => {
  using folder = makeFolder({ 'p.csv': 'id,name\n1,NÚÑEZ Peña\n2,\n3,Ёлка\n' });
  const { rows } = load({ files: { p: { file: 'p.csv', key: 'id', fold: ['name'], index: ['name_folded'] } } }, folder);
  assert.deepEqual(rows('select id, name_folded from p order by id'), [
    ['1', mappingFold('fold', 'Núñez PEÑA')],
    ['2', null],
    ['3', mappingFold('fold', 'ЁЛКА')],
  ]);
  assert.deepEqual(rows("select id from p where name_folded = 'nunez pena'"), [['1']]);
});

test('a header that changed since it was looked at ends the load', () => {
  using folder = makeFolder({ 'p.csv': 'other\n1\n' });
  assert.throws(() => load({ files: { p: { file: 'p.csv', key: 'id' } } }, folder), UnusableFile);
});
