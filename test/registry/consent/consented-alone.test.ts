/** An answer with consent is the answer of a registry in which those who did not consent were never written down. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ItemRejection } from '../../../src/errors.ts';
import type { View } from '../../../src/mapping/mapping.ts';
import type { CallContext, NativeRow } from '../../../src/plugin.ts';
import { decodeQuery } from '../../../src/query/decode.ts';
import { authoriseQuery } from '../../../src/registry/authorise-query.ts';
import { relaxed } from '../../../src/registry/consent/relax.ts';
import { wholeRows } from '../../../src/registry/full-view.ts';
import { makeView, rowCompiler } from '../../../src/registry/view.ts';
import type { RegistryRights } from '../../../src/security/rights.ts';
import fc from '../../support/fast-check.ts';
import { entity, read } from '../../support/mapping-rig.ts';
import { createMemoryPlugin, type MemoryRegistry } from '../../support/memory-plugin.ts';
import { QUERY_LIMITS } from '../../support/query-limits.ts';
import { ALL_OF_A_RECORD, rightsOf } from '../../support/rights.ts';
import { runs } from '../../support/runs.ts';
import { toNode } from '../../support/to-node.ts';

const TODAY = '2026-11-22';
const ENTITIES = [
  entity(
    'person',
    ['id'],
    { id: 'integer', home_id: 'integer', name: 'text', nid: 'text', head: 'boolean' },
    {
      consents: { entity: 'consent', on: { id: 'person_id' } },
    },
  ),
  entity('consent', ['id'], { id: 'integer', person_id: 'integer', purpose: 'text', status: 'text' }),
  entity('home', ['id'], { id: 'integer' }, { people: { entity: 'person', on: { id: 'home_id' } } }),
];
const YAML = `
records:
  Person:
    entity: person
    fields:
      identifier: [ { identifier_type: { const: NID }, identifier_value: { from: nid, need: true } } ]
      name: { surname: name }
    attributes:
      consents: { each: consents, fields: { purpose: purpose, status: status } }
  Member:
    entity: person
    fields:
      member_identifier: { same: Person.identifier }
      demographic_info: { record: Person, only: [identifier, name] }
  Group:
    entity: home
    fields:
      group_identifier: [ { identifier_type: { const: HID }, identifier_value: { from: id, need: true } } ]
      group_head_info: { first: people, when: { head: true }, record: Member }
      member_list: { each: people, record: Member }
`;
const MAPPING = read(YAML).bind(ENTITIES);
/** A household shows of its members what is no part of the person. */
const WITHOUT_PERSONS = read(YAML.replace('each: people, record: Member', 'each: people, record: Member, only: [member_identifier]').replace(/group_head_info: .*/, '')).bind(ENTITIES); // biome-ignore format: one look

const RECORDS = { Person: ALL_OF_A_RECORD, Member: ALL_OF_A_RECORD, Group: ALL_OF_A_RECORD };
const PLAIN = rightsOf(RECORDS);
const RULED: RegistryRights = {
  ...PLAIN,
  consent: new Map([['Person', toNode({ 'consents.purpose': 'aid', 'consents.status': 'given' })]]),
};
const viewOf = (rights: RegistryRights): View => makeView({ rights, models: MAPPING.records, compileRows: rowCompiler(TODAY) }); // biome-ignore format: one look

const NAMES = ['Ana', 'Ben', 'Cid'] as const;
const PERSON = fc.record({
  home: fc.integer({ min: 1, max: 2 }),
  name: fc.constantFrom(...NAMES),
  head: fc.boolean(),
  consents: fc.array(fc.record({ purpose: fc.constantFrom('aid', 'other'), status: fc.constantFrom('given', 'gone') }), { maxLength: 3 }), // biome-ignore format: one look
});
type Person = { home: number; name: string; head: boolean; consents: { purpose: string; status: string }[] };

/** The first person of a home that is marked as its head is one who consented or nobody: `first` does not look further. */
const registryOf = (persons: readonly Person[], keep: (person: Person) => boolean): MemoryRegistry => {
  const rows = persons.flatMap((person, index) => (keep(person) ? [{ ...person, id: index + 1 }] : []));
  return {
    entities: ENTITIES,
    rows: {
      person: rows.map(({ id, home, name, head }) => ({ id, home_id: home, name, nid: `N${id}`, head })),
      consent: rows.flatMap(({ id, consents }) => consents.map((each, at) => ({ ...each, id: id * 10 + at, person_id: id }))), // biome-ignore format: one look
      home: [{ id: 1 }, { id: 2 }],
    },
  };
};

const consented = ({ consents }: Person): boolean =>
  consents.some(({ purpose, status }) => purpose === 'aid' && status === 'given');

const OF: Readonly<Record<string, readonly string[]>> = {
  Person: ['name.surname', 'identifier.value'],
  Member: ['demographic_info.name.surname', 'member_identifier.identifier_value'],
  Group: ['members.name.surname', 'members.identifier.value'],
};
const compare = (type: string): fc.Arbitrary<object> =>
  fc
    .tuple(fc.constantFrom(...(OF[type] ?? [])), fc.constantFrom('$eq', '$ne', '$exists'), fc.constantFrom(...NAMES, 'N1', 'N2')) // biome-ignore format: one look
    .map(([name, operator, value]) => ({ [name]: { [operator]: operator === '$exists' ? value !== 'N1' : value } }));
const query = (type: string): fc.Arbitrary<object> =>
  fc.oneof(
    compare(type),
    compare(type).map((one) => ({ $not: one })),
    fc.tuple(compare(type), compare(type)).map((of) => ({ $or: of })),
    fc.tuple(compare(type), compare(type)).map(([one, other]) => ({ $and: [one, { $nor: [other] }] })),
  );
const ASKED = fc
  .constantFrom('Person', 'Member', 'Group')
  .chain((type) => fc.record({ type: fc.constant(type), query: query(type), offset: fc.nat(2), limit: fc.constantFrom(2, 50) })); // biome-ignore format: one look
type Asked = { type: string; query: object; offset: number; limit: number };

const context = { signal: new AbortController().signal } as CallContext;

const filterOf = ({ type, query: asked }: Asked, rights: RegistryRights) =>
  authoriseQuery({ query: decodeQuery(toNode(asked), QUERY_LIMITS), sort: undefined, recordType: type, rights, models: MAPPING.records, today: TODAY }); // biome-ignore format: one look

const answer = async (registry: MemoryRegistry, rights: RegistryRights, view: View, asked: Asked): Promise<string> => {
  try {
    const { offset, limit, type: recordType } = asked;
    const compiled = MAPPING.compile({ ...filterOf(asked, rights), recordType, view, limit, offset, countCap: 100 });
    if (compiled.query === undefined) return JSON.stringify({ total: 0, records: [] });
    const page = await createMemoryPlugin(registry).search(compiled.query, context);
    const records = await Promise.all(page.rows.map((row: NativeRow) => compiled.render(row)));
    return JSON.stringify({ total: page.total, records: records.map(({ group_head_info: _, ...rest }) => rest) });
  } catch (error) {
    if (error instanceof ItemRejection) return `${error.code} ${error.message}`;
    throw error;
  }
};

/** As the decision service answers: those among the candidates who consented. */
const decidedView = async (registry: MemoryRegistry, persons: readonly Person[], asked: Asked): Promise<View> => {
  const view = viewOf(PLAIN);
  const subjects = new Set(['Person']);
  const compiled = MAPPING.compile({ ...filterOf(asked, PLAIN), filter: relaxed(filterOf(asked, PLAIN).filter), projection: [], sort: [], recordType: asked.type, view, subjects, limit: 100, offset: 0, countCap: 100 }); // biome-ignore format: one look
  const rows = compiled.query === undefined ? [] : (await createMemoryPlugin(registry).search(compiled.query, context)).rows; // biome-ignore format: one look
  const found = rows.flatMap((row) => compiled.subjectsOf?.(row) ?? []);
  const yes = found.filter(({ key: [id] }) => consented(persons[Number(id) - 1] as Person));
  return { ...view, consented: new Map([['Person', yes.map(({ key }) => key)]]) };
};

test('by rule and by service: totals, pages and nested members are those of the registry without the others', async () => {
  let different = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(PERSON, { minLength: 4, maxLength: 6 }), ASKED, async (persons, asked) => {
      const whole = registryOf(persons, () => true);
      const without = await answer(registryOf(persons, consented), PLAIN, viewOf(PLAIN), asked);
      assert.equal(await answer(whole, RULED, viewOf(RULED), asked), without, 'by rule');
      assert.equal(await answer(whole, PLAIN, await decidedView(whole, persons, asked), asked), without, 'by service');
      if ((await answer(whole, PLAIN, viewOf(PLAIN), asked)) !== without) different++;
    }),
    { numRuns: runs(1_500, 300) },
  );
  assert.ok(different > 30, `consent made a difference ${different} times only`);
});

test('a change is held against records without those who did not consent, where the partner has no right on them either', async () => {
  const rights = { ...rightsOf({ Member: ALL_OF_A_RECORD, Group: ALL_OF_A_RECORD }), consent: RULED.consent };
  const view = viewOf(rights as RegistryRights);
  const given = { home: 1, head: false, consents: [{ purpose: 'aid', status: 'given' }] };
  const registry = registryOf(
    [
      { ...given, name: 'Ana' },
      { ...given, name: 'Ben', consents: [] },
    ],
    () => true,
  );
  const members = async (seen: View): Promise<string> => {
    const search = { filter: { kind: 'everything' }, projection: undefined, sort: [], limit: 1, offset: 0, countCap: 9 } as const; // biome-ignore format: one look
    const { query, render } = MAPPING.compile({ ...search, recordType: 'Group', view: seen });
    const { rows } = await createMemoryPlugin(registry).search(query as NonNullable<typeof query>, context);
    return JSON.stringify(await Promise.all(rows.map((row) => render(row))));
  };
  for (const seen of [view, wholeRows(view)]) {
    assert.match(await members(seen), /"N1"/);
    assert.doesNotMatch(await members(seen), /"N2"/);
  }
});

test('a member that is shown without its person is there where the person consented, and nobody is where nobody could be asked', async () => {
  const given = { home: 1, head: false, consents: [{ purpose: 'aid', status: 'given' }] };
  const registry = registryOf(
    [
      { ...given, name: 'Ana' },
      { ...given, name: 'Ben', consents: [] },
    ],
    () => true,
  );
  const plain = makeView({ rights: PLAIN, models: WITHOUT_PERSONS.records, compileRows: rowCompiler(TODAY) });
  const ruled = makeView({ rights: RULED, models: WITHOUT_PERSONS.records, compileRows: rowCompiler(TODAY) });
  const asks = (...types: readonly string[]): View => ({
    ...plain,
    consented: new Map(types.map((type) => [type, [[1]]])),
  });
  const search = { projection: undefined, sort: [], limit: 9, offset: 0, countCap: 9, recordType: 'Group' } as const;
  const found = async (view: View, asked: object = { 'group_identifier.identifier_value': '1' }) => {
    const filter = authoriseQuery({ query: decodeQuery(toNode(asked), QUERY_LIMITS), sort: undefined, recordType: 'Group', rights: PLAIN, models: WITHOUT_PERSONS.records, today: TODAY }).filter; // biome-ignore format: one look
    const { query, render } = WITHOUT_PERSONS.compile({ ...search, filter, view });
    const { rows } = await createMemoryPlugin(registry).search(query as NonNullable<typeof query>, context);
    return JSON.stringify(await Promise.all(rows.map((row) => render(row)))).match(/N\d/g) ?? [];
  };
  assert.deepEqual(await found(plain), ['N1', 'N2']);
  assert.deepEqual(await found(ruled), ['N1']);
  assert.deepEqual(await found(ruled, { 'member_list.member_identifier.identifier_value': 'N2' }), []);
  assert.deepEqual(await found(asks('Person')), []);
  assert.deepEqual(await found(asks('Person', 'Member')), ['N1']);
  const told = WITHOUT_PERSONS.compile({ ...search, filter: { kind: 'everything' }, view: ruled, subjects: new Set(['Person']) }); // biome-ignore format: one look
  const { rows } = await createMemoryPlugin(registry).search(told.query as NonNullable<typeof told.query>, context);
  const [home] = rows as readonly [NativeRow];
  assert.deepEqual(told.subjectsOf?.(home), [{ recordType: 'Person', key: [1], identifiers: undefined }], 'asked about again before it is sent'); // biome-ignore format: one look
});
