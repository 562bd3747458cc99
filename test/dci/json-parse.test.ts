import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonNumber } from '../../src/dci/json-node.ts';
import { parseJson } from '../../src/dci/json-parse.ts';
import { toPlain } from '../../src/dci/json-plain.ts';
import { GatewayError } from '../../src/errors.ts';
import fc from '../support/fast-check.ts';

const limits = { maxDepth: 32 };

const refusal = (text: string): string => {
  try {
    parseJson(text, limits);
  } catch (error) {
    assert.ok(error instanceof GatewayError);
    assert.equal(error.code, 'request.bad');
    return error.message;
  }
  assert.fail(`was read: ${text.slice(0, 60)}`);
};

test('every document that JSON.parse writes and reads comes back the same', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(JSON.parse(JSON.stringify(toPlain(parseJson(text, limits).root))), JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test('values are counted wherever they stand, and too many are refused before they are read', () => {
  const text = '{"a":[1,[2],{"b":null}],"c":"d"}';
  assert.equal(JSON.stringify(toPlain(parseJson(text, { ...limits, maxValues: 8 }).root)), text);
  assert.throws(() => parseJson(text, { ...limits, maxValues: 7 }), {
    code: 'request.bad',
    message: /too many values/,
  });
});

test('a text that JSON.parse refuses is refused', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '1',
    '-',
    '.5',
    '01',
    'e3',
    'true',
    'nul',
    ' ',
    '\\',
    '\t',
    '\u00a0',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      let native: unknown;
      try {
        native = JSON.parse(text);
      } catch {
        refusal(text);
        return;
      }
      assert.deepEqual(JSON.parse(JSON.stringify(toPlain(parseJson(text, limits).root))), native);
    }),
    { numRuns: 3000 },
  );
});

test('numbers keep the text they were written in', () => {
  const { root } = parseJson('[45.0, 12345678901234567890, -0, 1E5, 0.10]', limits);
  assert.ok(Array.isArray(root));
  assert.deepEqual(
    root.map((item) => item instanceof JsonNumber && item.text),
    ['45.0', '12345678901234567890', '-0', '1E5', '0.10'],
  );
});

test('the places of the top-level members are those of their source text', () => {
  const text = ' { "a" : {"b":[1 , 2]} ,"c": "x\\"y" , "d":-1.5e3}';
  const { members } = parseJson(text, limits);
  const slices = [...members].map(([name, { start, end }]) => [name, text.slice(start, end)]);
  assert.deepEqual(slices, [
    ['a', '{"b":[1 , 2]}'],
    ['c', '"x\\"y"'],
    ['d', '-1.5e3'],
  ]);
});

test('a key such as __proto__ or constructor is an ordinary key, and nothing is inherited', () => {
  const { root } = parseJson('{"__proto__":{"admin":true},"constructor":1}', limits);
  assert.ok(root !== null && typeof root === 'object');
  assert.deepEqual(Object.keys(root), ['__proto__', 'constructor']);
  assert.equal('admin' in root, false);
  const empty = parseJson('{}', limits).root as object;
  assert.equal('toString' in empty || '__proto__' in empty || 'constructor' in empty, false);
  assert.equal(({} as { admin?: boolean }).admin, undefined);
});

test('a key that stands twice is refused, also when only its escapes differ, and named by its place', () => {
  assert.match(refusal('{"a":1,"a":2}'), /a key stands twice in one object \(character 7\)/);
  assert.match(refusal('{"total":1,"t\\u006ftal":2}'), /stands twice/);
  assert.match(refusal('{"x":[{"__proto__":1,"__proto__":1}]}'), /stands twice/);
  assert.match(refusal('{"a":null,"a":null}'), /stands twice/);
  parseJson('[{"a":1},{"a":2}]', limits);
});

test('lone surrogates are refused, escaped or not, as keys and as values; pairs are read', () => {
  for (const text of ['["\\ud800"]', '["\\udc00\\ud800"]', '{"\\uDBFF":1}', '["\ud800"]', '["\ud83d\\ude00"]']) {
    assert.match(refusal(text), /surrogate/);
  }
  assert.deepEqual(parseJson('["\\ud83d\\ude00","😀"]', limits).root, ['😀', '😀']);
});

test('numbers over 100 digits or beyond the range of a double are refused', () => {
  assert.match(refusal(`[${'1'.repeat(101)}]`), /more than 100 digits \(character 1\)/);
  assert.match(refusal(`[0.${'1'.repeat(100)}]`), /more than 100 digits/);
  parseJson(`[-${'9'.repeat(100)}, 0.${'1'.repeat(99)}]`, limits);
  for (const text of ['1e400', '-1e309', '1e-400', '123e99999999'])
    assert.match(refusal(text), /beyond a double's range/);
  for (const text of ['0e400', '0.0e-999', '1e308', '5e-324']) parseJson(text, limits);
});

test('NaN, infinities and what other languages call numbers are refused', () => {
  for (const text of [
    'NaN',
    '[Infinity]',
    '[-Infinity]',
    '+1',
    '01',
    '1.',
    '.5',
    '0x10',
    '1e',
    '-',
    '[1_000]',
    "['a']",
    '[1,]',
    '{"a":1,}',
  ]) {
    refusal(text);
  }
});

test('nesting is read to the limit and refused beyond it, however deep, without a stack overflow', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  parseJson(nested(32), limits);
  assert.match(refusal(nested(33)), /nested deeper than 32 \(character 32\)/);
  assert.match(refusal('['.repeat(1_000_000)), /nested deeper/);
  assert.match(refusal('{"a":'.repeat(1_000_000)), /nested deeper/);
  const mixed = `${'{"a":['.repeat(16)}${']}'.repeat(16)}`;
  parseJson(mixed, limits);
});

test('text after the document, control characters, bad escapes and early ends are refused with their place', () => {
  assert.match(refusal('{} x'), /follows the end of the document \(character 3\)/);
  assert.match(refusal('["a\nb"]'), /control character in a string \(character 3\)/);
  assert.match(refusal('["\\x"]'), /unknown escape in a string \(character 1\)/);
  assert.match(refusal('["\\u00g0"]'), /unknown escape/);
  assert.match(refusal('{"a":'), /ends too early \(character 5\)/);
  assert.match(refusal('["abc'), /ends too early/);
  assert.match(refusal('["abc\\'), /ends too early/);
  assert.match(refusal(''), /ends too early/);
  assert.match(refusal('\u00a0{}'), /unexpected character \(character 0\)/);
});

test('what is refused is never repeated', () => {
  for (const text of [
    '{"secret-name":1,"secret-name":1}',
    '["secret-name\\ud800"]',
    '[secret-name]',
    '{} secret-name',
  ]) {
    assert.doesNotMatch(refusal(text), /secret/);
  }
});
