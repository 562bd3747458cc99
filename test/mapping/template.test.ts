import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate, takeApart } from '../../src/mapping/template.ts';

const parts = (text: string) => {
  const parsed = parseTemplate(text);
  assert.ok(typeof parsed !== 'string', String(parsed));
  return parsed;
};

test('a value is taken apart by widths and by the text between', () => {
  assert.deepEqual(takeApart(parts('{prov:2}-{dist:2}-{hh:06}-{mem}'), '01-02-000003-14'), [
    ['01', '02', '000003', '14'],
  ]);
  assert.deepEqual(takeApart(parts('{prov:2}{dist:2}'), '0102'), [['01', '02']]);
  assert.deepEqual(takeApart(parts('{prov:2}{dist:2}'), '01020'), []);
  assert.deepEqual(takeApart(parts('x{a}'), 'y1'), []);
});

test('a separator inside a part gives every reading', () => {
  assert.deepEqual(takeApart(parts('{a}-{b}'), 'x-y-z'), [
    ['x', 'y-z'],
    ['x-y', 'z'],
  ]);
});

test('a value that could be read in endless ways is given up', () => {
  assert.equal(takeApart(parts('{a}-{b}-{c}'), '-'.repeat(200)), undefined);
});

test('a long value costs little, however its separators lie', () => {
  const started = performance.now();
  const dashes = '-'.repeat(4_095);
  assert.equal(takeApart(parts('{a}-{b}/{c}'), dashes), undefined);
  assert.equal(takeApart(parts('{a}-{b}-{c}/{d}'), `${dashes}/`), undefined);
  for (let time = 0; time < 50; time += 1) assert.deepEqual(takeApart(parts('{a}-{b}'), 'x'.repeat(4_096)), []);
  assert.ok(performance.now() - started < 1_000, `${performance.now() - started} ms`);
});

test('widths count characters, not code units', () => {
  assert.deepEqual(takeApart(parts('{a:1}{b}'), '😀x'), [['😀', 'x']]);
});

test('templates that cannot be taken apart are told', () => {
  assert.match(String(parseTemplate('{a}{b}')), /neighbouring/);
  assert.match(String(parseTemplate('plain')), /no column/);
  assert.match(String(parseTemplate('{a:0}')), /width of 0/);
  assert.match(String(parseTemplate('{a}}')), /brace/);
});
