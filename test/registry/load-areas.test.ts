import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../src/errors.ts';
import type { CallContext } from '../../src/plugin.ts';
import { loadAreas } from '../../src/registry/load-areas.ts';
import { entity, read, rig, where } from '../support/mapping-rig.ts';
import { createMemoryPlugin } from '../support/memory-plugin.ts';

const ENTITIES = [
  entity('person', ['id'], { id: 'integer', area: 'text' }),
  entity('area', ['code'], { code: 'text', name: 'text', above: 'text' }),
];

const REGISTRY = {
  entities: ENTITIES,
  rows: {
    person: [
      { id: 1, area: 'D1' },
      { id: 2, area: 'R' },
      { id: 3, area: 'X' },
    ],
    area: [
      { code: 'R', name: 'Region', above: null },
      { code: 'D1', name: 'District', above: 'R' },
      { code: 'X', name: 'Elsewhere', above: '' },
    ],
  },
};

const mappingOf = (attributes: string) =>
  read(`
records:
  Person:
    entity: person
    fields: { birth_place: id, address: [ { region_code: area } ] }
    attributes: ${attributes}
locations: { entity: area, id: code, name: name, parent: above }
`).bind(ENTITIES);

const context = { signal: new AbortController().signal } as CallContext;

test('a region finds the persons of its districts once the areas were read', async () => {
  const unread = mappingOf('{ in_area: { within: address.region_code } }');
  const { mapping } = await loadAreas(unread, createMemoryPlugin(REGISTRY), context);
  const found = await rig(mapping, REGISTRY).search('Person', where(mapping, 'Person', 'in_area', 'eq', 'R'));
  assert.deepEqual(
    found.map((record) => record.birth_place),
    ['1', '2'],
  );
});

test('areas are read only where a mapping searches by them', async () => {
  const plugin = createMemoryPlugin(REGISTRY);
  await loadAreas(mappingOf('{ region: address.region_code }'), plugin, context);
  assert.equal(plugin.queries.length, 0);
});

test('areas that were read anew count for all who hold the mapping', async () => {
  const area = REGISTRY.rows.area.map((row) => ({ ...row }));
  const registry = { ...REGISTRY, rows: { ...REGISTRY.rows, area } };
  const unread = mappingOf('{ in_area: { within: address.region_code } }');
  const { mapping, refresh } = await loadAreas(unread, createMemoryPlugin(registry), context);
  const found = async () =>
    (await rig(mapping, registry).search('Person', where(mapping, 'Person', 'in_area', 'eq', 'R'))).map(
      (record) => record.birth_place,
    );
  for (const row of area) row.above = row.code === 'X' ? 'R' : null;
  assert.deepEqual(await found(), ['1', '2']);
  await refresh?.(context);
  assert.deepEqual(await found(), ['2', '3'], 'one district came, the other left');
});

test('a row filter that names too many areas is a fault of the registry, and is not named to the caller', async () => {
  const villages = Array.from({ length: 5_001 }, (_, n) => ({ code: `V${n}`, name: 'Village', above: 'R' }));
  const registry = { ...REGISTRY, rows: { ...REGISTRY.rows, area: [...REGISTRY.rows.area, ...villages] } };
  const unread = mappingOf('{ in_area: { within: address.region_code } }');
  const { mapping } = await loadAreas(unread, createMemoryPlugin(registry), context);
  const rows = where(mapping, 'Person', 'in_area', 'eq', 'R');
  const view = { of: () => ({ shows: () => true, showsIdentifier: () => true, rows }) };
  const search = { filter: { kind: 'everything' }, projection: undefined, sort: [], limit: 1, offset: 0, countCap: 1 } as const; // biome-ignore format: one look
  assert.throws(
    () => mapping.compile({ ...search, recordType: 'Person', view }),
    (error: Error) =>
      error instanceof GatewayError && error.code === 'service.unavailable' && !/area/.test(error.message),
  );
});
