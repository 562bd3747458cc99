/** What the upstream is asked for a native filter, and what it is never asked. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PassthroughConfig } from '../../../plugins/passthrough/config.ts';
import { createPlanQuery, type QueryPlan } from '../../../plugins/passthrough/plan-query.ts';
import { makeWorld } from '../../../plugins/passthrough/record-types.ts';
import { dciEntities } from '../../../src/mapping/dci-records.ts';
import { ConfigProblems, type NativeFilter } from '../../../src/plugin.ts';

const ATTRIBUTES: NonNullable<PassthroughConfig['entities'][string]['attributes']> = {
  birth_date: { name: 'birthdate', operators: ['eq', 'ge'] },
  sex: ['eq', 'ne', 'exists'],
  'address.region_code': { operators: ['eq'] },
  'address.locality': { operators: ['eq'] },
  marital_status: { here: ['eq', 'in'] },
};

const configOf = (over: Partial<PassthroughConfig>): PassthroughConfig => ({
  url: 'https://upstream.example.org/registry',
  entities: { Person: { attributes: ATTRIBUTES } },
  ...over,
});

const planOf = (filter: NativeFilter, over: Partial<PassthroughConfig> = {}): QueryPlan | undefined => {
  const config = configOf(over);
  const world = makeWorld(config, dciEntities('social', Object.keys(config.entities)));
  const select = { columns: [], children: {} };
  const page = { order: [], limit: 20, offset: 0, countCap: 100 };
  return createPlanQuery(config, world)({ entity: 'Person', filter, select, ...page });
};

const compare = (column: string, value: string, op: 'eq' | 'ge' | 'le' | 'contains' = 'eq'): NativeFilter => ({
  ...{ kind: 'compare', column, op, value },
});
const and = (...of: readonly NativeFilter[]): NativeFilter => ({ kind: 'and', of });
const item = (child: string, ...of: readonly NativeFilter[]): NativeFilter => ({
  kind: 'any',
  child,
  filter: and(...of),
});
const lookUp = (...values: readonly string[]): NativeFilter =>
  item('identifier', compare('identifier_type', 'UIN'), { kind: 'in', column: 'identifier_value', values });

test('an identifier is looked up by its type and value, several as several items', () => {
  const one = item('identifier', compare('identifier_value', '7'), compare('identifier_type', 'UIN'));
  assert.deepEqual(planOf(one)?.queries, [{ type: 'UIN', value: '7' }]);
  assert.deepEqual(planOf(lookUp('1', '2'))?.queries, [{ type: 'UIN', value: '1' }, { type: 'UIN', value: '2' }]); // biome-ignore format: one look
  assert.equal(planOf(item('identifier', compare('identifier_value', '7'))), undefined, 'of any type');
  assert.equal(
    planOf(and(one, compare('birth_date', '1990-01-01'))),
    undefined,
    'no other form, and not compared here',
  );
});

test('conditions beside a look-up are compared here where the configuration says so, and only then', () => {
  const married = planOf(and(lookUp('1'), compare('marital_status', 'M')));
  assert.deepEqual(married?.queries, [{ type: 'UIN', value: '1' }]);
  assert.deepEqual(married?.rest, and(compare('marital_status', 'M')));
  assert.deepEqual(married?.told, lookUp('1'));
  assert.equal(planOf(and(lookUp('1'), compare('marital_status', 'M', 'contains'))), undefined);
  assert.equal(planOf(compare('marital_status', 'M')), undefined, 'not without a look-up');
  assert.equal(planOf(compare('marital_status', 'M'), { queries: ['expression'] }), undefined);
});

test('what is written is all of the filter or nothing', () => {
  const expression: Partial<PassthroughConfig> = { queries: ['expression'] };
  const queryOf = (filter: NativeFilter, over: Partial<PassthroughConfig> = expression): unknown => {
    const [query] = planOf(filter, over)?.queries ?? [];
    return (query as { value?: { expression: { query: unknown } } } | undefined)?.value?.expression.query;
  };
  // Bounds that every day satisfies stand beside comparisons of dates.
  assert.deepEqual(queryOf(and(compare('birth_date', '1990-01-01', 'ge'), compare('birth_date', '9999-12-31', 'le'))), { birthdate: { $gte: '1990-01-01' } }); // biome-ignore format: one look
  assert.equal(queryOf(and(compare('birth_date', '0001-01-01', 'ge'), compare('birth_date', '9999-12-31', 'le'))), undefined, 'alone they mean that it has a value'); // biome-ignore format: one look
  assert.equal(
    queryOf(and(compare('birth_date', '1990-01-01'), compare('birth_date', '1990-01-01', 'contains'))),
    undefined,
  );
  const notMale = and({ kind: 'present', column: 'sex' }, { kind: 'not', of: compare('sex', 'male') });
  assert.deepEqual(queryOf(notMale), { sex: { $ne: 'male' } });
  assert.equal(queryOf({ kind: 'not', of: compare('sex', 'male') }), undefined, 'that would need a value');
  assert.deepEqual(queryOf({ kind: 'not', of: compare('sex', 'male') }, { ...expression, negations: true }), { $nor: [{ sex: { $eq: 'male' } }] }); // biome-ignore format: one look
  const home = item('address', compare('region_code', 'R1'), compare('locality', 'Puerto'));
  assert.deepEqual(queryOf(home), { 'address.region_code': { $eq: 'R1' }, 'address.locality': { $eq: 'Puerto' } });
  for (const filter of [{ kind: 'all' }, { kind: 'none' }, { kind: 'length', column: 'sex', characters: 3 }] as const)
    assert.equal(queryOf(filter), undefined, filter.kind);
  assert.equal(queryOf({ kind: 'or', of: [compare('sex', 'male'), { kind: 'all' }] }), undefined, 'everybody');
});

test('predicates are ANDed, and two alternatives fit in one', () => {
  const either: NativeFilter = { kind: 'or', of: [compare('sex', 'male'), compare('birth_date', '1990-01-01')] };
  const asked = planOf(and(compare('sex', 'female'), either), { queries: ['predicate'] });
  const expression = (attribute_name: string, attribute_value: string) => ({
    attribute_name,
    operator: 'eq',
    attribute_value,
  });
  assert.deepEqual(asked?.queries, [
    [
      { seq_num: 1, expression1: expression('sex', 'female') },
      {
        seq_num: 2,
        expression1: expression('sex', 'male'),
        condition: 'or',
        expression2: expression('birthdate', '1990-01-01'),
      },
    ],
  ]);
  const three: NativeFilter = { kind: 'or', of: ['male', 'other', 'unknown'].map((sex) => compare('sex', sex)) };
  assert.equal(planOf(three, { queries: ['predicate'] }), undefined);
  assert.deepEqual(planOf(three, { queries: ['seq'] })?.queries, [
    { expression: { seq: [{ or: ['male', 'other', 'unknown'].map((value) => ({ seq: [{ attribute: 'sex', operator: 'eq', value }] })) }] } }, // biome-ignore format: one look
  ]);
});

test('an attribute that no record has is refused, and columns that are not named cannot be searched', () => {
  const wrong = configOf({ entities: { Person: { attributes: { 'name.nickname': ['eq'] } } } });
  assert.throws(() => makeWorld(wrong, dciEntities('social', ['Person'])), ConfigProblems);
  const { entities } = makeWorld(configOf({}), dciEntities('social', ['Person']));
  const column = (entity: string, name: string) => entities.get(entity)?.columns.get(name);
  assert.equal(column('Person', 'birth_place')?.searchable, false);
  assert.equal(column('Person', 'birth_date')?.searchable, true);
  assert.deepEqual(column('Person', 'birth_date')?.operators, new Set(['eq', 'ge']));
  assert.equal(column('Person.identifier', 'identifier_value')?.searchable, true);
});
