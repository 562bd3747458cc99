import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planLoad } from '../../../plugins/csv/plan.ts';
import { readHeader } from '../../../plugins/csv/read-header.ts';
import { makeFolder } from './files.ts';

const refusals: readonly (readonly [string, string | Buffer | undefined, RegExp])[] = [
  ['that is missing', undefined, /^p\.csv:1 does not exist/],
  ['that is empty', '', /^p\.csv:1 is empty/],
  ['of empty lines', '\n\n', /^p\.csv:1 has no header/],
  ['without the key column', 'name,born\n', /^p\.csv:1 has no column "id", only "name", "born"/],
  ['with another separator', 'id;born\n1;2\n', /^p\.csv:1 has no column "id", only "id;born"/],
  ['without a typed column', 'id,name\n', /^p\.csv:1 has no column "born"/],
  ['with a column twice', 'id,born,ID\n', /^p\.csv:1 has two columns "ID"/],
  ['with a column without a name', 'id,,born\n', /^p\.csv:1 column 2 has no name/],
  ['in another encoding', Buffer.from('id,born,a\u00f1o\n', 'latin1'), /^p\.csv:1 is not utf-8/],
  ['in UTF-16', Buffer.from('\ufeffid,born\n', 'utf16le'), /^p\.csv:1 is UTF-16/],
  ['in UTF-16 without a mark', Buffer.from('id,born\n', 'utf16le'), /^p\.csv:1 is not text/],
  ['that is a spreadsheet', Buffer.from('PK\u0003\u0004xyz', 'latin1'), /^p\.csv:1 is a spreadsheet/],
  ['that is a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), /^p\.csv:1 is not /],
  [
    'with more columns than a table has',
    `id,born,${Array.from({ length: 1999 }, (_, n) => `c${n}`).join()}\n`,
    /^p\.csv:1 has 2001 columns, 2000 are the most/,
  ],
  ['with a broken quote in its header', '"id"x,born\n1,2\n', /^p\.csv:1 is not CSV/],
];

const planOf = (folder: string) => {
  const files = { p: { file: 'p.csv', key: 'id', types: { born: 'date' } } };
  const [plan] = planLoad({ files, entities: { p: { table: 'p' } } }, folder).files;
  assert.ok(plan);
  return plan;
};

for (const [what, content, message] of refusals) {
  test(`a file ${what} is refused with file and line`, () => {
    using folder = makeFolder(content === undefined ? {} : { 'p.csv': content });
    assert.throws(() => readHeader(planOf(folder.path)), { name: 'UnusableFile', message });
  });
}

test('a file in UTF-16 is read where the configuration says so', () => {
  for (const [encoding, mark] of [
    ['utf-16', '\ufeff'],
    ['utf-16le', ''],
  ]) {
    using folder = makeFolder({ 'p.csv': Buffer.from(`${mark}id,born\n`, 'utf16le') });
    assert.deepEqual(readHeader({ ...planOf(folder.path), encoding: encoding ?? '' }), ['id', 'born'], encoding);
  }
});

test('a file that fits is taken, with a byte order mark or without', () => {
  for (const mark of ['', '\ufeff']) {
    using folder = makeFolder({ 'p.csv': `${mark}id,"born"\r\n` });
    assert.deepEqual(readHeader(planOf(folder.path)), ['id', 'born']);
  }
});
