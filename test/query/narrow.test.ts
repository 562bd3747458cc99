import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attribute } from '../../src/dci/attribute.ts';
import type { Compare, Filter, Operator } from '../../src/dci/filter.ts';
import { narrowed } from '../../src/query/narrow.ts';

const attribute = (path: string, ...lists: string[]): Attribute => ({
  ...{ path, lists, type: 'text', selective: false, sortable: false, operators: new Set<Operator>() },
  chains: [[{ record: 'Beneficiary', path }]],
});

const compare = (path: string, value: string, operator: Operator = 'eq'): Compare => ({
  kind: 'compare',
  attribute: path.startsWith('enrolments.') ? attribute(path, 'enrolments') : attribute(path),
  operator,
  values: [value],
});

const program = (name: string, operator?: Operator): Compare => compare('enrolments.programme', name, operator);
const ACTIVE = compare('enrolments.status', 'active');
const WHO = compare('birth_date', '1990-05-17');
const both = (...of: Filter[]): Filter => ({ kind: 'and', of });
const some = (...of: Filter[]): Filter => ({ kind: 'any', list: 'enrolments', of: both(...of) });

/** Filters as one looks at them: paths and values. */
const shown = (filter: Filter): unknown => {
  if (filter.kind === 'compare') return `${filter.attribute.path} ${filter.operator} ${String(filter.values[0])}`;
  if (filter.kind === 'any') return { some: shown(filter.of) };
  if (filter.kind === 'not') return { not: shown(filter.of) };
  return filter.kind === 'everything' ? 'everything' : { [filter.kind]: filter.of.map(shown) };
};

const assertNarrowed = (query: Filter, expected: Filter, condition: Filter = ACTIVE): void =>
  assert.deepEqual(shown(narrowed(query, condition)), shown(expected));

test('the condition holds for the very item that the query names, wherever it stands', () => {
  assertNarrowed(program('A'), some(program('A'), ACTIVE));
  assertNarrowed(both(WHO, program('A')), both(WHO, some(program('A'), ACTIVE)));
  assertNarrowed(some(program('A'), WHO), some(program('A'), WHO, ACTIVE));
  const alternatives: Filter = { kind: 'or', of: [program('A'), program('B')] };
  assertNarrowed(alternatives, { kind: 'or', of: [some(program('A'), ACTIVE), some(program('B'), ACTIVE)] });
  assertNarrowed(both(alternatives, WHO), both(narrowed(alternatives, ACTIVE), WHO));
});

test('a query that names no item of the list, or not in every alternative, needs some item that satisfies the condition', () => {
  const active: Filter = { kind: 'any', list: 'enrolments', of: ACTIVE };
  assertNarrowed(WHO, both(WHO, active));
  assertNarrowed({ kind: 'everything' }, both({ kind: 'everything' }, active));
  const mixed: Filter = { kind: 'or', of: [program('A'), WHO] };
  assertNarrowed(mixed, both({ kind: 'or', of: [some(program('A'), ACTIVE), WHO] }, active));
});

test('what speaks of the whole list stays as it is: under a not it would find more, beside a ne it would find others', () => {
  const active: Filter = { kind: 'any', list: 'enrolments', of: ACTIVE };
  assertNarrowed({ kind: 'not', of: program('A') }, both({ kind: 'not', of: program('A') }, active));
  assertNarrowed(program('A', 'ne'), both(program('A', 'ne'), active));
});

test('a condition on the record itself is added, and several conditions are all held', () => {
  const alive = compare('status', 'alive');
  assertNarrowed(program('A'), both(program('A'), alive), alive);
  assertNarrowed(program('A'), both(some(program('A'), ACTIVE), alive), both(ACTIVE, alive));
});
