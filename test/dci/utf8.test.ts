import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBody } from '../../src/dci/utf8.ts';

const refused = { code: 'request.bad' };

test('a body is decoded as UTF-8, NUL and four-byte letters included', () => {
  const text = '{"name":"Łukasz 😀 \u0000"}';
  assert.equal(decodeBody(Buffer.from(text)), text);
  assert.equal(decodeBody(new Uint8Array(Buffer.from(`xx${text}`)).subarray(2)), text);
  assert.equal(decodeBody(new Uint8Array()), '');
});

test('invalid UTF-8 is refused: lone continuation, overlong form, encoded surrogate, beyond Unicode, cut off', () => {
  for (const hex of ['80', 'c0af', 'eda080', 'f4908080', 'e282', 'ff', '7bfe7d']) {
    assert.throws(() => decodeBody(Buffer.from(hex, 'hex')), refused);
  }
});

test('a byte order mark is refused, of UTF-8 and of UTF-16', () => {
  assert.throws(() => decodeBody(Buffer.from('\ufeff{}')), { ...refused, message: /byte order mark/ });
  assert.throws(() => decodeBody(Buffer.from('fffe7b007d00', 'hex')), refused);
});
