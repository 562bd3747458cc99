/** Against the real thing: the texts that CPython's json.dumps writes of the same documents. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { canonicalText } from '../../src/dci/canonical.ts';
import { parseJson } from '../../src/dci/json-parse.ts';
import fc from '../support/fast-check.ts';

const PROGRAM = `
import json, sys
for line in sys.stdin:
    value = json.loads(json.loads(line))
    print(json.dumps([json.dumps(value, sort_keys=True), json.dumps(value, sort_keys=True, separators=(",", ":"))]))
`;
const DOCUMENTS = 3000;

const hasPython = spawnSync('python3', ['--version']).status === 0;
const leftOut = hasPython || process.env.CI === 'true' ? false : 'LEFT OUT: python3 is not on the PATH';

const letters = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    '\u007f',
    '\u0000',
    '/',
    '"\\',
    '😀',
    '\uffee',
    '\ud7ff\ue000',
    '10',
    '9',
    '__proto__',
    'é',
    '\u2028',
  ),
);
const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? '-0.0' : String(value))),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential().replace('e', 'E')),
  fc.double({ min: -1e18, max: 1e18, noNaN: true }).map((value) => value.toFixed(3)),
  fc.double({ min: 1e-8, max: 1e-2, noNaN: true }).map((value) => value.toPrecision(17)),
  fc.integer().map(String),
  fc.bigInt({ min: -(10n ** 99n), max: 10n ** 99n }).map(String),
  fc.tuple(fc.integer(), fc.integer({ min: -290, max: 290 })).map(([mantissa, power]) => `${mantissa}e${power}`),
  fc.constantFrom(
    '-0',
    '-0.0',
    '0e0',
    '1E5',
    '1e16',
    '9999999999999999',
    '1e-7',
    '0.0001',
    '0.00001',
    '123456789.0e-4',
  ),
);
const { document } = fc.letrec<{ document: string; object: string; list: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    numberText,
    letters.map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null'),
  ),
  list: fc.array(tie('document'), { maxLength: 4 }).map((items) => `[${items.join(' ,')}]`),
  object: fc
    .uniqueArray(fc.tuple(letters, tie('document')), { maxLength: 6, selector: ([key]) => key })
    .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)} : ${value}`).join(',')}}`),
  document: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), tie('list'), tie('object')),
}));

test('random documents have the text that CPython writes, in both styles', { skip: leftOut }, () => {
  const texts = fc.sample(document, DOCUMENTS);
  const python = spawnSync('python3', ['-c', PROGRAM], {
    input: texts.map((text) => `${JSON.stringify(text)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(python.status, 0, python.stderr);
  const answers = python.stdout.trimEnd().split('\n');
  assert.equal(answers.length, DOCUMENTS);
  for (const [index, text] of texts.entries()) {
    const { root } = parseJson(text, { maxDepth: 64 });
    const ours = [canonicalText(root, 'spaced'), canonicalText(root, 'compact')];
    assert.deepEqual(ours, JSON.parse(answers[index] ?? ''), text);
  }
});
