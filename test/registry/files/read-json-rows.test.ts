/** Rows of a json file, read in pieces. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJsonRows } from '../../../src/registry/files/read-json-rows.ts';
import type { FileRow } from '../../../src/registry/files/read-rows.ts';

const read = async (text: string | Buffer, size = 1 << 16): Promise<FileRow[]> => {
  const bytes = Buffer.from(text as string);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const rows: FileRow[] = [];
  for await (const row of readJsonRows(pieces())) rows.push(row);
  return rows;
};

const one = (value: string, type = 'NID') => ({ identifier_type: type, identifier_value: value });

test('rows are the same wherever the pieces of a file are cut, with any brackets and quotes in their values', async () => {
  const values = ['1', '],[', '}{', 'a"b', 'c\\', '\\"', 'ümläut €', '😀', ',', ' {"x":[ '];
  const expected = values.map((value) => ({ type: 'NID', value: value.trim() }));
  const plain = JSON.stringify(
    values.map((value) => one(value)),
    null,
    2,
  );
  const wrapped = ` { "identifiers" :\n${plain} } `;
  for (const size of [1, 2, 3, 7, 64, 1 << 16])
    for (const text of [plain, wrapped, `\ufeff${plain}`]) assert.deepEqual(await read(text, text.startsWith('\ufeff') ? 1 << 16 : size), expected, `${size}`); // biome-ignore format: one look
});

test('an item that cannot be asked is a problem of its own, which names no value', async () => {
  const rows = await read(
    `[${JSON.stringify(one('1'))}, 5, {"identifier_type":"NID"}, {"identifier_type":["x"],"identifier_value":"2"},
      {"identifier_type":"NID","identifier_value":"3","__proto__":{}}, {"identifier_type":"NID","identifier_value":12345678901234567890},
      {"identifier_type":"NID","identifier_value":"a\\u0000"}]`,
  );
  assert.deepEqual(rows, [
    { type: 'NID', value: '1' },
    { problem: 'it must be an object', item: 2 },
    { problem: 'identifier_value is empty', item: 3 },
    { problem: 'identifier_type must be text', item: 4 },
    { problem: 'it may have identifier_type and identifier_value', item: 5 },
    { type: 'NID', value: '12345678901234567890' },
    { problem: 'it has a NUL character', item: 7 },
  ]);
  const latin = Buffer.from('[{"identifier_type":"NID","identifier_value":"\xff"}]', 'latin1');
  assert.deepEqual(await read(latin), [{ problem: 'it is not valid UTF-8', item: 1 }]);
});

test('what is no such list, or no JSON, is refused as a whole, and the sentence names no value', async () => {
  const item = JSON.stringify(one('SECRET'));
  const texts = [
    '',
    '{}',
    '"x"',
    '5',
    'null',
    `{"rows":[${item}]}`,
    `{"identifiers":${item}}`,
    `{"identifiers":[${item}],"more":1}`,
  ];
  const broken = [`[${item}`, `[${item},]`, `[,${item}]`, `[${item}]]`, `[${item}] x`, `[${item} ${item}]`, `{"identifiers":[${item}]`, `[${item.slice(0, -1)}]`, '[{"identifier_type":"a","identifier_type":"b"}]', '[{"identifier_type":[[[[[1]]]]]}]', '["\\ud800"]', '[{]}]', `["${'x'.repeat(20_000)}"]`, `[${' '.repeat(20_000)}]`]; // biome-ignore format: one look
  for (const text of [...texts, ...broken])
    for (const size of [5, 1 << 16])
      await assert.rejects(read(text, size), (error: Error & { code?: string }) => error.code === 'request.bad' && !error.message.includes('SECRET'), text.slice(0, 60)); // biome-ignore format: one look
  assert.deepEqual(await read('[]'), []);
});
