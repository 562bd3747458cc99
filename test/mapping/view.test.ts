/** What a view hides: columns are not fetched, records and identifiers fall away, and nothing hidden can be searched. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Filter, Operator } from '../../src/dci/filter.ts';
import { ItemRejection } from '../../src/errors.ts';
import type { DciRecord, RecordView, View } from '../../src/mapping/mapping.ts';
import { EVERYTHING, entity, read, resolveFor, rig, showing, where } from '../support/mapping-rig.ts';

const ENTITIES = [
  entity(
    'person',
    ['id'],
    { id: 'integer', home_id: 'integer', name: 'text', day: 'date', region: 'text', head: 'boolean' },
    { papers: { entity: 'paper', on: { id: 'person_id' } } },
  ),
  entity('paper', ['id'], { id: 'integer', person_id: 'integer', type: 'text', number: 'text' }),
  entity('home', ['id'], { id: 'integer', score: 'integer' }, { members: { entity: 'person', on: { id: 'home_id' } } }),
  entity('area', ['code'], { code: 'text', title: 'text', above: 'text' }),
];

const MAPPING = read(`
records:
  Person:
    entity: person
    fields:
      identifier:
        - { each: papers, identifier_type: { from: type, codes: { P: passport, N: national } }, identifier_value: { from: number, need: true } }
        - { identifier_type: { const: internal }, identifier_value: { from: id, need: true } }
      name: { surname: name }
      birth_date: day
      address: [ { region_code: region } ]
    attributes: { dob: birth_date, in_area: { within: address.region_code } }
  Member:
    entity: person
    fields:
      member_identifier: { same: Person.identifier }
      demographic_info: { record: Person, only: [identifier, name, birth_date] }
  Group:
    entity: home
    fields:
      group_identifier: [ { identifier_type: { const: home }, identifier_value: { from: id, need: true } } ]
      poverty_score: score
      group_head_info: { first: members, when: { head: true }, record: Member }
      member_list: { each: members, record: Member }
locations: { entity: area, id: code, name: title, parent: above }
`).bind(ENTITIES);

const { search, plugin } = rig(MAPPING, {
  entities: ENTITIES,
  rows: {
    person: [
      { id: 1, home_id: 1, name: 'Ana', day: '1950-07-12', region: 'N', head: true },
      { id: 2, home_id: 1, name: 'Ben', day: '1990-01-01', region: 'S', head: false },
      { id: 3, home_id: 2, name: 'Cid', day: '1980-01-01', region: 'N1', head: true },
    ],
    paper: [
      { id: 1, person_id: 1, type: 'P', number: '11' },
      { id: 2, person_id: 1, type: 'N', number: '12' },
      { id: 3, person_id: 2, type: 'P', number: '12' },
    ],
    home: [
      { id: 1, score: 5 },
      { id: 2, score: 9 },
    ],
  },
});

const views = (records: Readonly<Record<string, RecordView>>): View => ({ of: (type) => records[type] });
const ask = (
  type: string,
  name: string,
  operator: Parameters<typeof where>[3],
  ...values: (string | number | boolean)[]
): Filter => where(MAPPING, type, name, operator, ...values);
const lastQuery = () => plugin.queries.at(-1);
const names = (records: readonly DciRecord[]): unknown[] =>
  records.map((record) => (record.name as { surname: string }).surname);
const paths = (...shown: string[]): RecordView =>
  showing({
    shows: (path) => shown.some((each) => each === path || each.startsWith(`${path}.`) || path.startsWith(`${each}.`)),
  });

test('fields that are not shown are neither rendered nor fetched', async () => {
  const [record] = await search('Person', undefined, { view: views({ Person: paths('name') }) });
  assert.deepEqual(Object.keys(record ?? {}), ['@context', '@type', 'name']);
  assert.deepEqual(lastQuery()?.select, { columns: ['name'], children: {} });
});

test('a projection narrows the view and never widens it', async () => {
  const [record] = await search('Person', undefined, {
    view: views({ Person: paths('name', 'address') }),
    projection: ['name.surname', 'birth_date'],
  });
  assert.deepEqual([record?.name, record?.birth_date, record?.address], [{ surname: 'Ana' }, undefined, undefined]);
  assert.deepEqual(lastQuery()?.select.columns, ['name']);
});

test('identifiers of types that are not shown fall away, wherever they are nested', async () => {
  const passports = showing({ showsIdentifier: (type) => type === 'passport', identifierTypes: ['passport'] });
  const [record] = await search('Member', undefined, { view: views({ Person: passports, Member: passports }) });
  const passport = [{ identifier_type: 'passport', identifier_value: '11' }];
  assert.deepEqual(record?.member_identifier, passport);
  assert.deepEqual((record?.demographic_info as DciRecord | undefined)?.identifier, passport);
});

test('identifiers of types that are not shown cannot be found either', async () => {
  const passports = showing({ showsIdentifier: (type) => type === 'passport', identifierTypes: ['passport'] });
  const view = views({ Person: passports });
  const twelve = ask('Person', 'identifier.identifier_value', 'eq', '12');
  assert.deepEqual(names(await search('Person', twelve)), ['Ana', 'Ben']);
  assert.deepEqual(names(await search('Person', twelve, { view })), ['Ben']);
  assert.deepEqual(
    names(await search('Person', ask('Person', 'identifier.identifier_value', 'eq', '3'), { view })),
    [],
  );
});

test('a record type that is not shown is neither nested nor searched', async () => {
  const view = views({ Group: showing(), Member: showing() });
  const [group] = await search('Group', undefined, { view });
  assert.ok(!JSON.stringify(group).includes('Ana'));
  assert.ok(JSON.stringify(group).includes('member_identifier'));
  const born = ask('Group', 'member_list.demographic_info.birth_date', 'eq', '1950-07-12');
  await assert.rejects(search('Group', born, { view }), ItemRejection);
  await assert.rejects(search('Person', undefined, { view }), ItemRejection);
});

test('a hidden record type that no one named does not stand in the way', async () => {
  const view = views({ Group: showing(), Member: showing() });
  const without = {
    kind: 'not',
    of: ask('Group', 'member_list.member_identifier.identifier_value', 'eq', '11'),
  } as const;
  const found = await search('Group', { kind: 'any', list: 'member_list', of: without }, { view });
  assert.deepEqual(
    found.map((group) => group.poverty_score),
    [5, 9],
  );
});

test('a row filter holds for the record itself, and for totals', async () => {
  const rows = ask('Person', 'address.region_code', 'eq', 'N');
  const view = views({ Person: showing({ rows }) });
  assert.deepEqual(names(await search('Person', undefined, { view })), ['Ana']);
  assert.deepEqual(await search('Person', ask('Person', 'name.surname', 'eq', 'Ben'), { view }), []);
});

test('a row filter holds where the record is nested, also through another record on the same row', async () => {
  const rows = ask('Person', 'address.region_code', 'eq', 'S');
  const view = views({ Person: showing({ rows }), Member: showing(), Group: showing() });
  const [first, second] = await search('Group', undefined, { view });
  assert.equal(first?.group_head_info, undefined, 'the head is hidden, and nobody takes its place');
  assert.deepEqual(
    (first?.member_list as DciRecord[] | undefined)?.map((member) => (member.demographic_info as DciRecord).name),
    [{ surname: 'Ben' }],
  );
  assert.equal(second?.member_list, undefined);
  const hidden = ask('Group', 'member_list.demographic_info.name.surname', 'eq', 'Ana');
  assert.deepEqual(await search('Group', hidden, { view }), []);
  assert.equal((await search('Group', hidden, { view: EVERYTHING })).length, 1);
});

test('the row filters of both records on one row hold', async () => {
  const person = showing({ rows: ask('Person', 'birth_date', 'lt', '1985-01-01') });
  const member = showing({ rows: ask('Member', 'member_identifier.identifier_value', 'in', '2', '3') });
  const found = await search('Member', undefined, { view: views({ Person: person, Member: member }) });
  assert.deepEqual(
    found.map((record) => (record.demographic_info as DciRecord).name),
    [{ surname: 'Cid' }],
  );
});

test('an area finds what lies in the areas below it, in queries and in row filters', async () => {
  const areas = (id: string): readonly string[] => (id === 'N' ? ['N', 'N1'] : [id]);
  const north = ask('Person', 'in_area', 'eq', 'N');
  assert.deepEqual(names(await search('Person', north, { areas })), ['Ana', 'Cid']);
  assert.deepEqual(
    names(await search('Person', undefined, { areas, view: views({ Person: showing({ rows: north }) }) })),
    ['Ana', 'Cid'],
  );
  await assert.rejects(search('Person', north), ItemRejection);
});

test('an area and another comparison of addresses are met by one address', async () => {
  const areas = (id: string): readonly string[] => (id === 'N' ? ['N', 'N1'] : [id]);
  const both = (region: string) =>
    search('Person', resolveFor(MAPPING, 'Person', { in_area: 'N', 'address.region_code': region }), { areas });
  assert.deepEqual(names(await both('N1')), ['Cid']);
  assert.deepEqual(names(await both('S')), []);
});

test('only what can be sorted by is sorted by', async () => {
  const sorted = await search('Person', undefined, { sort: [{ path: 'birth_date', direction: 'desc' }] });
  assert.deepEqual(names(sorted), ['Ben', 'Cid', 'Ana']);
  await assert.rejects(
    search('Person', undefined, { sort: [{ path: 'address.region_code', direction: 'asc' }] }),
    /cannot be sorted by/,
  );
});

test('chains name the rights that a nested attribute needs', () => {
  const attribute = MAPPING.records.get('Group')?.attributes.get('member_list.demographic_info.birth_date');
  assert.deepEqual(attribute?.chains, [
    [
      { record: 'Group', path: 'member_list' },
      { record: 'Member', path: 'demographic_info' },
      { record: 'Person', path: 'birth_date' },
    ],
  ]);
  assert.deepEqual(attribute?.lists, ['member_list']);
  assert.equal(MAPPING.records.get('Group')?.attributes.get('member_list.demographic_info.dob'), attribute);
});

test('locations render with their parents', () => {
  const source = MAPPING.locations;
  assert.deepEqual(source?.query.select.columns.toSorted(), ['above', 'code', 'title']);
  assert.deepEqual(source?.render({ columns: { code: 'N1', title: 'North one', above: 'N' }, children: {} }), {
    id: 'N1',
    name: 'North one',
    type: undefined,
    parent: 'N',
  });
});

test('an identifier that stands alone is shown and found by the types that the view shows', async () => {
  const civil = read(
    `
records:
  Person:
    entity: person
    fields:
      identifier: [ { identifier_type: { const: UIN }, identifier_value: { from: id, need: true } } ]
      parent1_identifier: { identifier_type: region, identifier_value: name }
      parent2_identifier: { identifier_value: name }
`,
    { domain: 'crvs' },
  ).bind(ENTITIES);
  const row = (id: number, region: string, name: string) => ({ id, region, name });
  const registry = { entities: ENTITIES, rows: { person: [row(1, 'UIN', 'Ana'), row(2, 'TIN', 'Ben')] } };
  const { search: searchCivil } = rig(civil, registry);
  const view = views({
    Person: showing({ showsIdentifier: (type) => type === 'UIN', identifierTypes: ['UIN'] }),
  });
  const shown = await searchCivil('Person', undefined, { view });
  assert.deepEqual(
    shown.map((record) => record.parent1_identifier),
    [{ identifier_type: 'UIN', identifier_value: 'Ana' }, undefined],
  );
  assert.ok(
    shown.every((record) => !('parent2_identifier' in record)),
    'a type that cannot be told',
  );
  const value = (operator: Operator, ...values: (string | boolean)[]) =>
    searchCivil('Person', where(civil, 'Person', 'parent1_identifier.identifier_value', operator, ...values), { view });
  assert.equal((await value('eq', 'Ana')).length, 1);
  assert.equal((await value('eq', 'Ben')).length, 0);
  assert.equal((await value('exists', true)).length, 1);
  assert.equal((await searchCivil('Person')).filter((record) => 'parent2_identifier' in record).length, 2);
});
