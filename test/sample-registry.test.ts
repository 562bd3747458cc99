/** The sample registry, as config/gateway.yaml serves it, against its CSV files. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { loadConfig } from '../src/config/load.ts';
import { type Client, searchItem } from './support/client.ts';
import { type RunningGateway, startGateway } from './support/gateway.ts';

type Row = Readonly<Record<string, string>>;

const table = (name: string): readonly Row[] =>
  parse(readFileSync(new URL(`../config/sample/${name}.csv`, import.meta.url)), { columns: true });

const persons = table('persons');
const memberships = table('memberships').filter(({ ended_on }) => ended_on === '');
const areas = new Map(table('areas').map((area) => [area.area_code, area]));
const regionOf = ({ area_code = '' }: Row) => areas.get(area_code)?.parent_code;

let gateway: RunningGateway;
let client: Client;
before(async () => {
  gateway = await startGateway();
  client = gateway.client();
});
after(() => gateway.close());

const search = async (query: unknown, criteria: Record<string, unknown> = {}) => {
  const pagination = { page_size: 1000, page_number: 1 };
  const answer = await client.post(client.envelope([searchItem(query, {}, { pagination, ...criteria })]));
  const [item] = answer.body.message.search_response ?? assert.fail(answer.text);
  assert.equal(item.status, 'succ', JSON.stringify(item));
  return { total: item.pagination?.total_count ?? 0, records: item.data?.reg_records ?? [] };
};

/** Of the persons found: their numbers in the social registry, which all of them have. */
const found = async (query: unknown): Promise<readonly string[]> => {
  const { records, total } = await search(query);
  assert.equal(total, records.length);
  return records
    .map((record: { identifier: readonly { identifier_type: string; identifier_value: string }[] }) =>
      record.identifier.find((each) => each.identifier_type === 'urn:gov:social-registry')?.identifier_value.slice(3),
    )
    .toSorted();
};

const where = (test: (row: Row) => boolean): readonly string[] =>
  persons
    .filter(test)
    .map(({ person_id = '' }) => person_id.slice(1))
    .toSorted();

const one = (attribute: string, operator: string, value: unknown) => ({ attribute, operator, value });

test('the configuration that npm start uses serves it, under the base paths of both guides', async () => {
  const { registries } = await loadConfig({
    file: fileURLToPath(new URL('../config/gateway.yaml', import.meta.url)),
    env: {},
  });
  const [{ sample, mounts } = assert.fail()] = registries;
  assert.equal(sample, true);
  assert.ok(mounts.includes('/registry') && mounts.includes('/api/v2/dci/registry'));
});

test('one person has the guides’ national id, in the guides’ shape', async () => {
  const { records, total } = await search({ type: 'urn:gov:national-id', value: '12345678' });
  assert.equal(total, 1);
  const [person] = records;
  for (const field of [
    'identifier',
    'name',
    'sex',
    'birth_date',
    'address',
    'phone_number',
    'email',
    'registration_date',
    'last_updated',
  ])
    assert.ok(person[field] !== undefined, field);
  assert.match(person.address[0].geo_location.plus_code.global_code, /^[2-9CFGHJMPQRVWX]{8}\+[2-9CFGHJMPQRVWX]{2}$/);
  assert.equal(person.birth_date, '1990-05-17');
  assert.equal(person.households[0].is_head, true);
  assert.equal(person.households[0].identifier[0].identifier_value, 'HH-00001');
});

test('numbers that only look alike are other persons’ or nobody’s', async () => {
  assert.deepEqual(await found({ type: 'urn:gov:national-id', value: '012345678' }), ['000002']);
  for (const [type, value] of [
    ['urn:gov:national-id', '12345678A'],
    ['urn:gov:passport', '12345678'],
    ['urn:gov:national-id', '1234567'],
  ] as const)
    assert.deepEqual(await found({ type, value }), [], `${type} ${value}`);
});

test('the other queries of the guides find whom the files say', async () => {
  const year = {
    seq: [one('birth_date', '>=', '1990-01-01'), one('birth_date', '<=', '1990-12-31'), one('sex', '=', 'female')],
  };
  const women = where(({ birth_date = '', sex }) => birth_date.startsWith('1990') && sex === 'F');
  assert.ok(women.length > 1);
  assert.deepEqual(await found({ expression: year }), women);

  const inRegion = (code: string) => ({ seq: [one('area_id.code', '=', code)] });
  const twoRegions = where((row) => ['REGION_01', 'REGION_02'].includes(regionOf(row) ?? ''));
  assert.deepEqual(await found({ expression: { or: [inRegion('REGION_01'), inRegion('REGION_02')] } }), twoRegions);
  assert.deepEqual(
    await found({ expression: inRegion('DISTRICT_0101') }),
    where(({ area_code }) => area_code === 'DISTRICT_0101'),
  );

  const needs = { or: [{ seq: [one('disability_level', '>=', 3)] }, { seq: [one('requires_assistance', '=', true)] }] };
  const expected = where(
    ({ is_disabled, disability_level, requires_assistance }) =>
      is_disabled === 'yes' && (Number(disability_level) >= 3 || requires_assistance === 'yes'),
  );
  assert.ok(expected.length > 10);
  assert.deepEqual(await found({ expression: { seq: [one('is_disabled', '=', true), needs] } }), expected);

  const predicate = (operator: string, value: string) => ({
    expression1: { attribute_name: 'birthdate', operator, attribute_value: value },
  });
  const born = where(({ birth_date }) => birth_date === '2020-11-02');
  assert.ok(born.includes('000003'));
  assert.deepEqual(await found([predicate('ge', '2000-11-02'), predicate('eq', '2020-11-02')]), born);
  assert.deepEqual(
    await found([predicate('ge', '2000-11-02')]),
    where(({ birth_date = '' }) => birth_date >= '2000-11-02'),
  );
});

test('names are found without case and accents', async () => {
  const expected = where(({ family_name }) => family_name === 'Núñez Peña');
  assert.ok(expected.length > 3);
  assert.deepEqual(await found({ seq: [one('name.surname', '=', 'NUNEZ PENA')] }), expected);
});

test('every household has its present members, its head first, and every field of a Group', async () => {
  const { records, total } = await search(
    { seq: [one('group_size', '>=', 1)] },
    { reg_record_type: 'Group', pagination: { page_size: 250, page_number: 1 } },
  );
  assert.equal(total, 250);
  for (const group of records) {
    const [{ identifier_value: id }] = group.group_identifier;
    const members = memberships.filter(({ household_id }) => household_id === id);
    assert.equal(group.group_size, members.length, id);
    assert.equal(group.member_list.length, members.length, id);
    assert.deepEqual(group.group_head_info, group.member_list[0], id);
  }
  const [first] = records.filter(
    (group: { group_identifier: readonly { identifier_value: string }[] }) =>
      group.group_identifier[0]?.identifier_value === 'HH-00001',
  );
  for (const field of [
    'group_type',
    'geographical_location',
    'address',
    'poverty_score',
    'poverty_score_type',
    'additional_attributes',
    'registration_date',
    'last_updated',
  ])
    assert.ok(first[field] !== undefined, field);
  const [mother, father] = first.member_list;
  for (const field of [
    'member_identifier',
    'demographic_info',
    'related_person',
    'is_disabled',
    'marital_status',
    'employment_status',
    'occupation',
    'income_level',
    'language_code',
    'education_level',
    'registration_date',
    'last_updated',
  ])
    assert.ok(mother[field] !== undefined, field);
  assert.deepEqual(father.disability_info, [{ disability_limitation_type: 'COG_SS', functional_severity: '2' }]);
  assert.deepEqual(
    mother.related_person.map(
      (each: { relationship_type: string; related_member: { demographic_info: { name: { given_name: string } } } }) => [
        each.relationship_type,
        each.related_member.demographic_info.name.given_name,
      ],
    ),
    [
      ['HUSB', 'Íñigo'],
      ['DAUC', 'Lucía'],
      ['SONC', 'Óscar'],
    ],
  );
});

test('the areas are served as a hierarchy', async () => {
  const { body } = await client.send('/.well-known/locations.json', {});
  const served = new Map(
    body.locations.map((each: { id: string; parent_id?: string }) => [each.id, each.parent_id ?? '']),
  );
  assert.deepEqual(served, new Map([...areas.values()].map(({ area_code, parent_code }) => [area_code, parent_code])));
});
