/** The property behind the mapping: the query that a filter compiles to finds the records that satisfy the filter. */

import assert from 'node:assert/strict';
import type { Filter } from '../../src/dci/filter.ts';
import { ItemRejection } from '../../src/errors.ts';
import type { DciRecord, Mapping, UnboundMapping, View } from '../../src/mapping/mapping.ts';
import { readMapping } from '../../src/mapping/read.ts';
import { evaluate } from '../support/evaluate-filter.ts';
import fc from '../support/fast-check.ts';
import { located, rig, type SearchRecords, showing } from '../support/mapping-rig.ts';
import type { MemoryRegistry } from '../support/memory-plugin.ts';
import { randomFilters } from '../support/random-filters.ts';
import { RANDOM_ENTITIES, randomRecords, randomRegistries } from '../support/random-mappings.ts';

const FILTERS_A_MAPPING = 8;
const TYPES = fc.constantFrom('Person', 'Group', 'Member');

/** Binds the mapping to where the rows of the registry now are. */
export type Open = (mapping: UnboundMapping, registry: MemoryRegistry) => Promise<Opened>;

interface Opened {
  readonly mapping: Mapping;
  readonly search: SearchRecords;
}

const inMemory: Open = async (mapping, registry) => rig(mapping.bind(RANDOM_ENTITIES), registry);

export const agree = (runs: number, timezone: string, open = inMemory): Promise<void> =>
  check(runs, async (records, registry, type, seeds) => {
    const unbound = readMapping(located({ records }), { domain: 'social', timezone });
    const { mapping, search } = await open(unbound, registry);
    const rendered = await search(type);
    for (const filter of sample(randomFilters(modelOf(mapping.records, type), rendered), seeds)) {
      same(await answered(search(type, filter)), rendered, filter, records);
    }
  });

/** The same under a view with a row filter on persons, wherever they are nested, and a limited list of identifier types. */
export const agreeUnderView = (runs: number, open = inMemory): Promise<void> =>
  check(runs, async (records, registry, type, seeds) => {
    const { mapping, search } = await open(readMapping(located({ records }), { domain: 'social' }), registry);
    const persons = await search('Person');
    const [rows] = sample(randomFilters(modelOf(mapping.records, 'Person'), persons, 1), seeds);
    assert.ok(rows !== undefined);
    const types = ['national', 'home', 'P', 'none'];
    const limited = showing({ showsIdentifier: (each) => types.includes(each), identifierTypes: types });
    const filtered = { ...limited, rows };
    const view: View = { of: (record) => (record === 'Person' ? filtered : limited) };
    const seen = await answered(search(type, undefined, { view }));
    if (seen === undefined) return;
    // What the row filter is about may be hidden by now: its persons can only be counted.
    const allowed = persons.filter((each) => evaluate(rows, each));
    if (type === 'Person') assert.equal(seen.length, allowed.length, `row filter ${show(rows)}`);
    for (const filter of sample(randomFilters(modelOf(mapping.records, type), await search(type)), seeds)) {
      same(await answered(search(type, filter, { view })), seen, filter, [show(rows), records]);
    }
  });

type Seeds = fc.Stream<number>;
type Property = (records: object, registry: MemoryRegistry, type: string, seeds: Seeds) => Promise<void>;

const check = async (runs: number, property: Property): Promise<void> => {
  const inputs = fc.asyncProperty(randomRecords, randomRegistries, TYPES, fc.infiniteStream(fc.nat()), property);
  const { failed, seed, counterexamplePath, errorInstance } = await fc.check(inputs, {
    numRuns: Math.ceil(runs / FILTERS_A_MAPPING),
    endOnFailure: true, // shrinking takes minutes; the seed finds it again
  });
  if (failed)
    throw new Error(`TEST_SEED=${seed} finds it again (path ${counterexamplePath})`, { cause: errorInstance });
};

const modelOf = <T>(models: ReadonlyMap<string, T>, type: string): T => {
  const model = models.get(type);
  assert.ok(model !== undefined);
  return model;
};

/** Filters that depend on the records cannot be drawn beforehand: their seeds are. */
const sample = (filters: fc.Arbitrary<Filter>, seeds: Seeds): readonly Filter[] =>
  fc.sample(filters, { numRuns: FILTERS_A_MAPPING, seed: seeds.next().value ?? 0 });

/** Whether a list of `expr` or `split` values has items cannot be asked, and is refused; undefined then. */
const answered = (found: Promise<readonly DciRecord[]>): Promise<readonly DciRecord[] | undefined> =>
  found.catch((error: unknown) => {
    if (error instanceof ItemRejection && /has items cannot be asked/.test(error.message)) return undefined;
    throw error;
  });

const same = (
  found: readonly DciRecord[] | undefined,
  all: readonly DciRecord[],
  filter: Filter,
  about: unknown,
): void => {
  if (found === undefined) return;
  const [ours, theirs] = [found, all.filter((record) => evaluate(filter, record))].map((records) =>
    records.map((each) => JSON.stringify(each)),
  );
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  const extra = ours?.find((each) => !theirs?.includes(each));
  const lacking = theirs?.find((each) => !ours?.includes(each));
  const message = `${show(filter)}\n  found too much: ${extra}\n  found not: ${lacking}\n  ${JSON.stringify(about)}`;
  assert.fail(message); // equal() would print all records twice
};

const show = (filter: Filter): string =>
  JSON.stringify(filter, (key, value: unknown) => (key === 'attribute' ? (value as { path: string }).path : value));
