import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordTables } from '../../../src/dci/fields.ts';
import { isStandard, type OutputPolicy, outputPolicy } from '../../../src/dci/output/policy.ts';
import { recordOutput } from '../../../src/dci/output/record-output.ts';
import fc from '../../support/fast-check.ts';
import { modelOfTable, randomRecord } from '../../support/random-records.ts';

const DOMAINS = ['social', 'crvs', 'fr', 'dr', 'ibr'];
const PLACES = DOMAINS.flatMap((domain) => Object.keys(recordTables(domain)).map((type) => ({ domain, type })));

const outputOf = (policy: Partial<OutputPolicy>, domain: string, type: string) => {
  const output = recordOutput(outputPolicy(policy), new Map([[type, modelOfTable(domain, type)]]));
  assert.ok(output);
  return (record: Record<string, unknown>) => output.write(type, record);
};

type Leaf = readonly [value: unknown, name: string];

/** Values with the name they stand under, but JSON-LD's. */
const leavesOf = (value: unknown, name = ''): readonly Leaf[] => {
  if (Array.isArray(value)) return value.flatMap((each) => leavesOf(each, name));
  if (typeof value !== 'object' || value === null) return [[value, name]];
  return Object.entries(value).flatMap(([key, each]) => (key.startsWith('@') ? [] : leavesOf(each, key)));
};

const values = (leaves: readonly Leaf[]): readonly string[] => leaves.map(([value]) => JSON.stringify(value)).sort();

test('the standard is no output at all: records go out as they were rendered', () => {
  assert.equal(recordOutput(outputPolicy({}), new Map()), undefined);
  assert.equal(isStandard(outputPolicy({ identifierTypes: 'codes', typeNames: { a: 'b' } })), true);
});

test('an openspp record holds every value of the record, each under a camelCase name', () => {
  const places = fc.constantFrom(...PLACES).chain((place) =>
    fc.record({
      place: fc.constant(place),
      record: fc.oneof(randomRecord(place.domain, place.type), randomRecord(place.domain, place.type, true)),
    }),
  );
  fc.assert(
    fc.property(places, ({ place, record }) => {
      const before = JSON.stringify(record);
      const written = outputOf({ profile: 'openspp', identifierTypes: 'codes' }, place.domain, place.type)(record);
      assert.deepEqual(values(leavesOf(written)), values(leavesOf(record)));
      assert.equal(JSON.stringify(record), before, 'the rendered record was changed');
      for (const [, name] of leavesOf(written)) assert.match(name, /^[a-z][A-Za-z0-9]*$/);
      assert.equal(/"@(type|context)":/.test(JSON.stringify(written)), false);
    }),
    { numRuns: 200 },
  );
});

test('labels change coded values alone, and leave every name', () => {
  const places = fc
    .constantFrom(...PLACES)
    .chain((place) => fc.record({ place: fc.constant(place), record: randomRecord(place.domain, place.type, true) }));
  fc.assert(
    fc.property(places, ({ place: { domain, type }, record }) => {
      const written = outputOf({ values: 'labels' }, domain, type)(record);
      const [before, after] = [leavesOf(record), leavesOf(written)];
      assert.deepEqual(after.map(([, name]) => name), before.map(([, name]) => name)); // biome-ignore format: one look
      assert.equal(written['@type'], type);
      const known = new Set(
        [...(modelOfTable(domain, type).labels?.values() ?? [])].flatMap((labels) => [...labels.values()]),
      );
      for (const [at, [value, name]] of after.entries()) {
        if (value !== before[at]?.[0]) assert.ok(known.has(String(value)) && name !== 'identifier_type', name);
      }
    }),
    { numRuns: 100 },
  );
});

const PERSON = {
  '@context': 'https://example.org/context',
  '@type': 'Person',
  identifier: [
    { identifier_type: 'urn:gov:national-id', identifier_value: '12345678' },
    { identifier_type: 'UIN', identifier_value: 'urn:gov:national-id' },
  ],
  name: {
    surname: 'Núñez Peña',
    given_name: 'María',
    second_name: 'Pilar',
    maiden_name: 'García',
    prefix: 'Ms.',
    suffix: 'PhD',
  },
  sex: 'female',
  birth_date: '1990-05-17',
  birth_place: 'Las Águilas',
  address: [{ address_line_1: 'Avenida Miramar 7', geo_location: { plus_code: { global_code: '6J4V2X8M+82' } } }],
  phone_number: ['+1', '+2'],
  marital_status: 'M',
  is_disabled: false,
  disability_info: [{ disability_limitation_type: 'VIS_SS', functional_severity: '2' }],
  households: [
    {
      name: 'Peña',
      identifier: [{ identifier_type: 'H', identifier_value: '1' }],
      phone_number: ['+3'],
      is_head: true,
    },
  ],
};

test('a person as older OpenSPP clients read it', () => {
  const write = outputOf(
    { profile: 'openspp', typeNames: { 'urn:gov:national-id': 'National ID' } },
    'social',
    'Person',
  );
  assert.deepEqual(write(PERSON), {
    identifier: [
      { name: 'National ID', identifier: '12345678' },
      { name: 'UIN', identifier: 'urn:gov:national-id' },
    ],
    familyName: 'Núñez Peña',
    givenName: 'María',
    additionalName: 'Pilar',
    maidenName: 'García',
    namePrefix: 'Ms.',
    nameSuffix: 'PhD',
    sex: 'female',
    birthDate: '1990-05-17',
    birthPlace: 'Las Águilas',
    address: [{ addressLine1: 'Avenida Miramar 7', geoLocation: { plusCode: { globalCode: '6J4V2X8M+82' } } }],
    phoneNumber: ['+1', '+2'],
    maritalStatus: 'M',
    isDisabled: false,
    disabilityInfo: [{ disabilityLimitationType: 'VIS_SS', functionalSeverity: '2' }],
    households: [{ name: 'Peña', identifier: [{ name: 'H', identifier: '1' }], phoneNumber: ['+3'], isHead: true }],
  });
});

test('groups and members, with persons in them; labels too', () => {
  const member = {
    '@type': 'Member',
    member_identifier: [{ identifier_type: 'UIN', identifier_value: '7' }],
    demographic_info: { '@type': 'Person', name: { given_name: 'Lucía' }, sex: 'female' },
    related_person: [{ relationship_type: 'MTH', related_member: { '@type': 'Member', marital_status: 'D' } }],
    education_level: '1',
  };
  const group = {
    '@type': 'Group',
    group_identifier: [{ identifier_type: 'UIN', identifier_value: '8' }],
    name: 'Peña',
    group_head_info: member,
    member_list: [member],
    additional_attributes: [{ key: 'roof_material', value: 'sex' }],
  };
  const shown = {
    identifier: [{ name: 'UIN', identifier: '7' }],
    demographicInfo: { givenName: 'Lucía', sex: 'Female' },
    relatedPerson: [{ relationshipType: 'mother', relatedMember: { maritalStatus: 'Divorced' } }],
    educationLevel: 'Primary education',
  };
  assert.deepEqual(outputOf({ profile: 'openspp', values: 'labels' }, 'social', 'Group')(group), {
    identifier: [{ name: 'UIN', identifier: '8' }],
    name: 'Peña',
    groupHeadInfo: shown,
    memberList: [shown],
    additionalAttributes: [{ key: 'roof_material', value: 'sex' }],
  });
});

test('what no code list knows stays as it is, and nothing is made up', () => {
  const write = outputOf({ values: 'labels', identifierTypes: 'names' }, 'social', 'Person');
  const record = {
    sex: 'martian',
    identifier: [{ identifier_value: '1' }],
    constructor: 'x',
    marital_status: 'toString',
  };
  assert.deepEqual(write(record), record);
});
