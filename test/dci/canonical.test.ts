import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalText, canonicalValue } from '../../src/dci/canonical.ts';
import { JsonNumber } from '../../src/dci/json-node.ts';
import { parseJson } from '../../src/dci/json-parse.ts';
import { respaced } from '../../src/dci/respaced.ts';
import fc from '../support/fast-check.ts';

const canonical = (text: string, style: 'compact' | 'spaced' = 'compact'): string =>
  canonicalText(parseJson(text, { maxDepth: 32 }).root, style);

test('the two styles differ in their separators only', () => {
  const text = '{"b":[1,{"c":null}],"a":{}, "e":[]}';
  assert.equal(canonical(text, 'compact'), '{"a":{},"b":[1,{"c":null}],"e":[]}');
  assert.equal(canonical(text, 'spaced'), '{"a": {}, "b": [1, {"c": null}], "e": []}');
});

test('the spaced text is made from the compact one without reading it', () => {
  const awkward = fc.constantFrom('"', '\\', '\\"', '\\\\', ',', ':', '":', ',"', '{"a":1}', '', 'é😀');
  const text = fc
    .array(fc.oneof(awkward, fc.string({ unit: 'binary' })), { maxLength: 4 })
    .map((parts) => parts.join(''));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null), fc.boolean(), tie('list'), tie('object')), // biome-ignore format: one look
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  }));
  fc.assert(
    fc.property(value, (any) => {
      assert.equal(respaced(canonicalValue(any, 'compact')), canonicalValue(any, 'spaced'));
    }),
    { numRuns: 1_000 },
  );
});

test('numbers are written as Python writes them', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['1.0', '1.0'],
    ['45.00', '45.0'],
    ['2.50', '2.5'],
    ['1E5', '100000.0'],
    ['1e16', '1e+16'],
    ['9999999999999998.0', '9999999999999998.0'],
    ['1e-7', '1e-07'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['1.5e-5', '1.5e-05'],
    ['-0', '0'],
    ['-0.0', '-0.0'],
    ['0e0', '0.0'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['-17', '-17'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
    ['5e-324', '5e-324'],
    ['1e22', '1e+22'],
    ['0.1', '0.1'],
    ['100e-2', '1.0'],
  ];
  for (const [given, expected] of cases) assert.equal(canonical(`[${given}]`), `[${expected}]`, given);
});

test('output is ASCII: letters, pairs, DEL and control characters are escaped as Python does', () => {
  assert.equal(
    canonical('"é\u007f😀\\u2028\\/\\b\\f\\n\\r\\t\\u0001\\"\\\\"'),
    '"\\u00e9\\u007f\\ud83d\\ude00\\u2028/\\b\\f\\n\\r\\t\\u0001\\"\\\\"',
  );
});

test('keys are sorted by code point: number-like keys as text, letters beyond the BMP after U+FFFF', () => {
  assert.equal(canonical('{"10":1,"9":1,"a":1,"B":1,"":1}'), '{"":1,"10":1,"9":1,"B":1,"a":1}');
  assert.equal(
    canonical('{"\\ud83d\\ude00":1,"\\uffee":2,"\\ud7ff":3}'),
    '{"\\ud7ff":3,"\\uffee":2,"\\ud83d\\ude00":1}',
  );
  assert.equal(canonical('{"a😀":1,"a\\uffee":2}'), '{"a\\uffee":2,"a\\ud83d\\ude00":1}');
});

test('many keys are sorted by the same order as few', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a', '\uffee', '😀', 'a😀', 'a\uffee', '\ud7ff'),
  );
  const few = fc.uniqueArray(text, { maxLength: 20 });
  const many = fc
    .tuple(few, fc.integer({ min: 20, max: 50 }))
    .map(([keys, more]) => [
      ...keys,
      ...Array.from({ length: more }, (_, index) => `more-${(index * 7) % more}-${index}`),
    ]);
  const keyLists = fc.oneof(few, many);
  fc.assert(
    fc.property(keyLists, (keys) => {
      const written = canonicalValue(Object.fromEntries(keys.map((key) => [key, 1])), 'compact');
      const order = Object.keys(JSON.parse(written.replaceAll(/"((?:[^"\\]|\\.)*)":/g, '"_$1":'))).map((key) =>
        key.slice(1),
      );
      const points = (key: string) => Array.from(key, (letter) => letter.codePointAt(0) ?? 0);
      const sorted = keys.toSorted((left, right) => {
        const [a, b] = [points(left), points(right)];
        const at = a.findIndex((point, index) => point !== b[index]);
        return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1);
      });
      assert.deepEqual(order, sorted);
    }),
    { numRuns: 300 },
  );
});

test('values of ours: undefined members are absent, kept numbers keep their text', () => {
  assert.equal(
    canonicalValue({ b: undefined, a: 1.5, c: [new JsonNumber('45.0'), 10n, true] }, 'spaced'),
    '{"a": 1.5, "c": [45.0, 10, true]}',
  );
  assert.equal(canonicalValue({ b: undefined }, 'compact'), '{}');
  assert.equal(canonicalValue({ z: undefined, a: undefined, m: 1 }, 'compact'), '{"m":1}');
});

test('what we write is read and written again as the same text', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true }), (value, number) => {
      const text = canonicalValue([value, number], 'spaced');
      assert.equal(canonicalText(parseJson(text, { maxDepth: 64 }).root, 'spaced'), text);
      assert.equal((JSON.parse(text) as unknown[])[1], Object.is(number, -0) ? 0 : number);
    }),
    { numRuns: 500 },
  );
});

test('a value that JSON does not have is a fault, never written as null', () => {
  for (const value of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    [undefined],
    () => 1,
    Symbol('x'),
    '\ud800',
    { '\udc00': 1 },
  ]) {
    assert.throws(() => canonicalValue(value, 'compact'), { code: 'service.fault' });
  }
});

test('objects of alternating, growing and reordered keys are each written by their own keys', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'é', '10', '9');
  const object = fc
    .uniqueArray(key, { maxLength: 5 })
    .map((keys) => Object.fromEntries(keys.map((name, place) => [name, place])));
  fc.assert(
    fc.property(fc.array(object, { maxLength: 12 }), (objects) => {
      const alone = objects.map((each) => canonicalValue(each, 'spaced'));
      assert.equal(canonicalValue(objects, 'spaced'), `[${alone.join(', ')}]`);
      assert.deepEqual(JSON.parse(canonicalValue(objects, 'compact')), objects);
    }),
    { numRuns: 500 },
  );
});
