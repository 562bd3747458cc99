import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dollarOperatorOf, operatorOf } from '../../src/query/operators.ts';

test('every operator is known by each of its names, in any case', () => {
  const names: Readonly<Record<string, string>> = {
    eq: 'eq EQ = ==',
    ne: 'ne != <>',
    gt: 'gt >',
    ge: 'ge gte >=',
    lt: 'lt <',
    le: 'le lte <= LTE',
    in: 'in IN',
    nin: 'nin',
    contains: 'contains like ilike LIKE',
    startswith: 'startswith',
    exists: 'exists',
  };
  for (const [operator, spellings] of Object.entries(names)) {
    for (const name of spellings.split(' ')) {
      assert.equal(operatorOf(name), operator, name);
      assert.equal(dollarOperatorOf(`$${name}`), operator, `$${name}`);
      assert.equal(dollarOperatorOf(name), operator, name);
    }
  }
});

test('other names are no operators', () => {
  for (const name of ['', '$', 'between', 'regex', '=>', 'not', '$$eq', 'constructor', '__proto__']) {
    assert.equal(dollarOperatorOf(name), undefined, name);
  }
});
