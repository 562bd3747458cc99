import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attribute } from '../../src/dci/attribute.ts';
import type { Filter } from '../../src/dci/filter.ts';
import { ItemRejection } from '../../src/errors.ts';
import type { DciRecord } from '../../src/mapping/mapping.ts';
import { readMapping } from '../../src/mapping/read.ts';
import { canonicalFilter } from '../../src/query/canonical-filter.ts';
import { requiredValue } from '../../src/query/required-value.ts';
import { compileTest } from '../../src/query/test-filter.ts';
import { evaluate } from '../support/evaluate-filter.ts';
import fc from '../support/fast-check.ts';
import { located, rig } from '../support/mapping-rig.ts';
import { randomFilters } from '../support/random-filters.ts';
import { RANDOM_ENTITIES, randomRecords, randomRegistries } from '../support/random-mappings.ts';

const attribute = (path: string, more: Partial<Attribute> = {}): Attribute => ({
  path,
  type: 'text',
  lists: [],
  chains: [[{ record: 'Person', path }]],
  operators: new Set(),
  selective: true,
  sortable: false,
  ...more,
});

const eq = (path: string, ...values: string[]): Filter => ({
  kind: 'compare',
  attribute: attribute(path),
  operator: values.length === 1 ? 'eq' : 'in',
  values,
});

describe('a filter that is tested in memory', () => {
  it('agrees with the reference, and with the query that the mapping compiles, on random mappings and filters', async () => {
    let tested = 0;
    let refused = 0;
    const inputs = fc.asyncProperty(
      randomRecords,
      randomRegistries,
      fc.constantFrom('Person', 'Group', 'Member'),
      fc.nat(),
      async (records, registry, type, seed) => {
        const mapping = readMapping(located({ records }), { domain: 'social' }).bind(RANDOM_ENTITIES);
        const { search } = rig(mapping, registry);
        const model = mapping.records.get(type);
        assert.ok(model !== undefined);
        const all = await search(type);
        for (const filter of fc.sample(randomFilters(model, all), { numRuns: 6, seed })) {
          const test = compileTest(filter, model.fields);
          if (test === undefined) {
            refused += 1;
            continue;
          }
          const ours = texts(all.filter((record) => test(record)));
          assert.deepEqual(ours, texts(all.filter((record) => evaluate(filter, record))));
          const found = await search(type, filter).catch(unaskable);
          if (found === undefined) continue;
          assert.deepEqual(ours, texts(found));
          tested += 1;
          const required = requiredValue(filter);
          if (required === undefined) continue;
          for (const record of all.filter((each) => test(each)))
            assert.ok(valuesAt(record, required.path.split('.')).some((value) => required.values.includes(value)));
        }
      },
    );
    await fc.assert(inputs, { numRuns: 150, endOnFailure: true });
    assert.ok(tested > 300, `${tested} tested`);
    assert.ok(refused < tested, `${refused} refused`);
  });

  it('is left to the registry where records do not show what decides', () => {
    const rendered = new Set(['name', 'name.surname']);
    assert.ok(compileTest(eq('name.surname', 'A'), rendered));
    assert.equal(compileTest(eq('home', 'A'), rendered), undefined);
    const area = attribute('in_area', { chains: [[{ record: 'Person', path: 'name.surname' }]] });
    const within: Filter = { kind: 'compare', attribute: area, operator: 'eq', values: ['A'] };
    assert.equal(compileTest(within, rendered), undefined, 'areas within areas');
    assert.equal(compileTest({ kind: 'not', of: within }, rendered), undefined);
    assert.equal(compileTest({ kind: 'or', of: [eq('name.surname', 'A'), within] }, rendered), undefined);
  });
});

describe('the canonical text of a filter', () => {
  it('is one for the same conditions in another order, and another for others', () => {
    const [a, b] = [eq('x', '1'), eq('y', '2')];
    const text = canonicalFilter({ kind: 'and', of: [a, b] });
    assert.equal(canonicalFilter({ kind: 'and', of: [b, a, a] }), text);
    assert.equal(canonicalFilter(eq('x', '1', '2')), canonicalFilter(eq('x', '2', '1')));
    assert.notEqual(canonicalFilter({ kind: 'or', of: [a, b] }), text);
    assert.notEqual(canonicalFilter({ kind: 'not', of: a }), canonicalFilter(a));
    assert.notEqual(canonicalFilter(eq('x', '1","2')), canonicalFilter(eq('x', '1', '2')));
    assert.notEqual(canonicalFilter(eq('x', '1","2')), canonicalFilter(eq('x', '1', '2","')));
    const number: Filter = { kind: 'compare', attribute: attribute('x'), operator: 'eq', values: [1] };
    assert.notEqual(canonicalFilter(number), canonicalFilter(a));
  });

  it('grows with the filter, not with how deep it is nested', () => {
    let filter: Filter = eq('x', '"');
    for (let depth = 0; depth < 200; depth += 1) filter = { kind: 'not', of: { kind: 'and', of: [filter] } };
    assert.ok(canonicalFilter(filter).length < 10_000);
  });
});

const texts = (records: readonly DciRecord[]): readonly string[] => records.map((each) => JSON.stringify(each)).sort();

/** Whether a list of `expr` or `split` values has items cannot be asked. */
const unaskable = (error: unknown): undefined => {
  if (error instanceof ItemRejection) return undefined;
  throw error;
};

const valuesAt = (value: unknown, keys: readonly string[]): string[] => {
  if (Array.isArray(value)) return value.flatMap((each) => valuesAt(each, keys));
  const [key, ...rest] = keys;
  if (key === undefined) return value === undefined ? [] : [String(value)];
  return typeof value === 'object' && value !== null ? valuesAt((value as Record<string, unknown>)[key], rest) : [];
};
