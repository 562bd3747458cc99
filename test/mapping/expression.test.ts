import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Expression, parseExpression } from '../../src/mapping/expression.ts';
import { BackendError } from '../../src/plugin.ts';

const compiled = (text: string): Expression => {
  const expression = parseExpression(text);
  assert.ok(typeof expression !== 'string', String(expression));
  return expression;
};

test('an expression reads columns and answers one value', async () => {
  assert.equal(await compiled('a & "-" & $string(n)').evaluate({ a: 'x', n: 7 }), 'x-7');
  assert.equal(await compiled('n > 5').evaluate({ n: 7 }), true);
  assert.equal(await compiled('{"x": a}').evaluate({ a: 'x' }), undefined);
  assert.equal(await compiled('$number(a)').evaluate({ a: 'x' }), undefined);
});

test('nothing that could run for ever, or answer differently each time, can be written', () => {
  for (const text of [
    '$eval(a)',
    'function($x){ $x }(1)',
    '($f := λ($x){ $f($x) }; $f(1))',
    '$match(a, /x/)',
    '[1..10000000]',
    '$now()',
    '$random()',
    '$pad("x", 1000000000)',
    '$substring(?, 1)',
    '$ ~> |a|{}|',
  ]) {
    assert.equal(typeof parseExpression(text), 'string', text);
  }
});

test('an expression that grows without end is stopped', async () => {
  const doubling = `($x := a; ${'$x := $x & $x; '.repeat(40)}$x)`;
  await assert.rejects(compiled(doubling).evaluate({ a: 'xxxxxxxxxx' }), BackendError);
  const squares = `($x := [1,2,3,4,5,6,7,8,9,10]; $count($x.($x.($x.($x.($x))))))`;
  await assert.rejects(compiled(squares).evaluate({}), BackendError);
});

test('each row has its own count of steps', async () => {
  const expression = compiled(`$sum([${Array.from({ length: 100 }, (_, at) => at).join(',')}])`);
  const all = await Promise.all(Array.from({ length: 100 }, () => expression.evaluate({})));
  assert.ok(all.every((value) => value === 4_950));
});
