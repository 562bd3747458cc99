import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FileRow, readRows } from '../../../src/registry/files/read-rows.ts';

/** Read in pieces of this size, whatever they cut. */
const rowsOf = async (file: string | Buffer, size = 1_000_000): Promise<readonly FileRow[]> => {
  const bytes = Buffer.from(file);
  const rows: FileRow[] = [];
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  for await (const row of readRows(pieces())) rows.push(row);
  return rows;
};

const HEADER = 'identifier_type,identifier_value\n';

test('rows are the same wherever the pieces of a file are cut', async () => {
  const file = `\ufeff"Identifier_Type",identifier_value\r\nUIN,1\r\n\r\n"UIN","a ""quoted"", one"\nÜIN,ñ 😀\rUIN,\n,x\nUIN,1,2`;
  const rows = await rowsOf(file);
  assert.deepEqual(rows, [
    { type: 'UIN', value: '1' },
    { type: 'UIN', value: 'a "quoted", one' },
    { type: 'ÜIN', value: 'ñ 😀' },
    { problem: 'identifier_value is empty', line: 6 },
    { problem: 'identifier_type is empty', line: 7 },
    { problem: 'it must have two columns', line: 8 },
  ]);
  // A mark that is cut would be read as part of the header: the first piece of a real upload is larger.
  for (const size of [3, 5, 16, 64]) assert.deepEqual(await rowsOf(file, size), rows, `pieces of ${size}`);
});

test('columns may stand in either order', async () => {
  assert.deepEqual(await rowsOf('identifier_value,identifier_type\n1,UIN\n'), [{ type: 'UIN', value: '1' }]);
});

test('bytes that are no UTF-8 and NUL are problems of their row, which names no value', async () => {
  const rows = await rowsOf(Buffer.concat([Buffer.from(`${HEADER}UIN,`), Buffer.from([0xc3, 0x28]), Buffer.from('\nUIN,se\0cret\nUIN,3\n')])); // biome-ignore format: one look
  assert.deepEqual(rows, [
    { problem: 'it is not valid UTF-8', line: 2 },
    { problem: 'it has a NUL character', line: 3 },
    { type: 'UIN', value: '3' },
  ]);
});

test('a file of another form is refused as a whole, and the sentence names no value', async () => {
  const first = { code: 'request.bad', message: /first line/ };
  for (const file of ['', 'UIN,1\n', 'identifier_type\nUIN\n', `${HEADER.trim()},more\n`]) {
    await assert.rejects(rowsOf(file), first);
  }
  for (const file of [
    `${HEADER}UIN,"1\nUIN,2\n`,
    `${HEADER}UIN,"1"x\nUIN,2\n`,
    `${HEADER}UIN,${'9'.repeat(20_000)}\n`,
  ]) {
    await assert.rejects(
      rowsOf(file),
      (cause: Error) => /from line \d+ on/.test(cause.message) && !/9999/.test(cause.message),
    );
  }
});
