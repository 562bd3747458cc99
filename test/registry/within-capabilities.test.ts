import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ItemRejection } from '../../src/errors.ts';
import type { Capabilities, NativeFilter, RegistryQuery } from '../../src/plugin.ts';
import type { PlannedSearch } from '../../src/registry/plan-search.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { withinReach } from '../../src/registry/search.ts';
import { refuseBeyond, refuseManyConditions } from '../../src/registry/within-capabilities.ts';

const WEAK: Capabilities = { compare: new Set(['eq']), sort: false, maxLimit: 10, childDepth: 1, changes: 'none' };

const query = (filter: NativeFilter, more: Partial<RegistryQuery> = {}): RegistryQuery => ({
  entity: 'person',
  filter,
  select: { columns: ['id'], children: {} },
  order: [],
  limit: 10,
  offset: 0,
  countCap: 100,
  ...more,
});

const EQ: NativeFilter = { kind: 'compare', column: 'a', op: 'eq', value: 'x' };
const CONTAINS: NativeFilter = { kind: 'compare', column: 'a', op: 'contains', value: 'x' };
const below = (filter: NativeFilter): NativeFilter => ({ kind: 'any', child: 'papers', filter });

const codeOf = (asked: RegistryQuery): string => {
  try {
    refuseBeyond(asked, { capabilities: WEAK });
    return 'passed';
  } catch (cause) {
    assert.ok(cause instanceof ItemRejection);
    return cause.code;
  }
};

test('what a plugin can do passes', () => {
  assert.equal(codeOf(query({ kind: 'and', of: [EQ, { kind: 'not', of: below(EQ) }] })), 'passed');
  assert.equal(codeOf(query({ kind: 'in', column: 'a', values: ['x'] })), 'passed');
});

test('an operator that a plugin lacks is refused wherever it stands', () => {
  const first: NativeFilter = { kind: 'first', child: 'papers', among: EQ, filter: CONTAINS };
  for (const filter of [
    CONTAINS,
    below(CONTAINS),
    first,
    { kind: 'or', of: [EQ, { kind: 'not', of: CONTAINS }] } as const,
  ])
    assert.equal(codeOf(query(filter)), 'rjct.search_criteria.invalid');
});

test('children below its depth, a sort and a page beyond it are refused', () => {
  assert.equal(codeOf(query(below(below(EQ)))), 'rjct.search_criteria.invalid');
  assert.equal(codeOf(query(EQ, { order: [{ column: 'a', direction: 'asc' }] })), 'rjct.sort.invalid');
  assert.equal(codeOf(query(EQ, { limit: 11 })), 'rjct.pagination.invalid');
});

test('a query that comes to more conditions than a database should read is refused, wherever they stand', () => {
  const many = (count: number): NativeFilter => ({ kind: 'or', of: Array.from({ length: count }, () => EQ) });
  for (const filter of [
    many(2_000),
    { kind: 'in', column: 'a', values: Array.from({ length: 5_000 }, String) } as const,
  ])
    refuseManyConditions(query(filter));
  for (const filter of [
    many(2_001),
    below(many(2_000)),
    { kind: 'not', of: { kind: 'and', of: [many(1_500), many(600)] } },
    { kind: 'first', child: 'papers', among: many(1_500), filter: many(600) },
  ] as const)
    assert.throws(() => refuseManyConditions(query(filter)), { code: 'rjct.search_criteria.invalid' });
});

test('a search is held to both before the registry is asked', () => {
  const registry = { plugin: { capabilities: WEAK } } as unknown as Registry; // only this is looked at
  const planned = (filter: NativeFilter) => ({ compiled: { query: query(filter) } }) as PlannedSearch; // the same
  assert.ok(withinReach(planned(EQ), registry));
  for (const filter of [CONTAINS, { kind: 'or', of: Array.from({ length: 2_001 }, () => EQ) }] as const)
    assert.throws(() => withinReach(planned(filter), registry), { code: 'rjct.search_criteria.invalid' });
});
