/** Two real shapes of registry, read and bound as they are: composite keys with sentinels, and void flags with attribute rows. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { readMapping } from '../../src/mapping/read.ts';
import type { Entity } from '../../src/plugin.ts';
import { column, EVERYTHING, entity, located, rig, where } from '../support/mapping-rig.ts';
import { referencePath } from '../support/reference-folder.ts';

const EXAMPLES = new URL('../../config/examples/', import.meta.url);

const bind = (file: string, entities: readonly Entity[], folder = EXAMPLES) => {
  const { registries } = parse(readFileSync(new URL(file, folder), 'utf8')) as {
    registries: Record<string, Registry>;
  };
  const [registry] = Object.values(registries);
  assert.ok(registry !== undefined);
  const { records, locations, domain, backend } = registry; // changes are read elsewhere
  const source = located({ records, ...(locations !== undefined && { locations }) });
  return readMapping(source, { domain, timezone: backend.timezone, entities: backend.entities }).bind(entities);
};

interface Registry {
  readonly domain: string;
  readonly records: object;
  readonly locations?: object;
  readonly backend: { readonly timezone?: string; readonly entities: object };
}

const KEYS = {
  prov: column('prov', 'text', { maxLength: 2 }),
  dist: column('dist', 'text', { maxLength: 2 }),
  hh: 'integer',
} as const;

const COMPOSITE = [
  entity('persona', ['prov', 'dist', 'hh', 'mem'], {
    ...KEYS,
    ...{
      mem: 'integer',
      dni: 'text',
      apellidos: 'text',
      nombres: 'text',
      edad: 'integer',
      tel1: 'text',
      tel2: 'text',
      tel3: 'text',
    },
    sexo: column('sexo', 'text', { values: ['H', 'M'], nativeType: "enum('H','M')" }),
    parentesco: column('parentesco', 'text', { values: ['JEFE', 'CONYUGE', 'HIJO', 'OTRO'], nativeType: 'enum' }),
    fecnac: column('fecnac', 'date', { zeroDates: true }),
    fec_falle: column('fec_falle', 'date', { zeroDates: true }),
    ...{
      fec_alta: 'datetime',
      fec_mod: 'instant',
      direccion: 'text',
      provincia: 'text',
      distrito: 'text',
      baja: 'boolean',
      fallecido: 'boolean',
    },
    ...{ apellidos_plano: 'text', nombres_plano: 'text' },
  }),
  entity(
    'hogar',
    ['prov', 'dist', 'hh'],
    {
      ...KEYS,
      ...{ direccion: 'text', puntaje: 'decimal', tamano: 'integer', fec_mod: 'instant', estado: 'text' },
      tipo: column('tipo', 'text', { values: ['', 'UNIP', 'NUCL', 'EXT'], nativeType: 'enum' }),
    },
    { miembros: { entity: 'persona', on: { prov: 'prov', dist: 'dist', hh: 'hh' } } },
  ),
  entity('area', ['codigo'], { codigo: 'text', nombre: 'text', nivel: 'text', padre: 'text' }),
];

test('the registry with composite keys: templates, zero dates, codes, a head among its members', async () => {
  const mapping = bind('composite.yaml', COMPOSITE);
  const { search } = rig(mapping, {
    entities: COMPOSITE,
    rows: {
      persona: [
        {
          prov: '01',
          dist: '02',
          hh: 3,
          mem: 1,
          dni: '010200031',
          apellidos: 'Muñoz',
          nombres: 'Eva',
          sexo: 'M',
          fecnac: '0000-00-00',
          tel1: '',
          parentesco: 'JEFE',
        },
        {
          prov: '01',
          dist: '02',
          hh: 3,
          mem: 2,
          dni: '',
          apellidos: 'Muñoz',
          nombres: 'Luz',
          sexo: 'H',
          fecnac: '1990-05-01',
          tel1: '0',
          tel2: '955',
          parentesco: 'HIJO',
        },
      ],
      hogar: [{ prov: '01', dist: '02', hh: 3, tipo: 'NUCL', puntaje: '45.20', tamano: 2 }],
    },
    children: { hogar: { miembros: { order: ['mem'] } } },
  });
  const [eva, luz] = await search('Person');
  assert.equal(eva?.birth_date, undefined);
  assert.deepEqual(eva?.identifier, [
    { identifier_type: 'urn:gov:dni', identifier_value: '010200031' },
    { identifier_type: 'urn:gov:social-registry', identifier_value: '01-02-000003-1' },
  ]);
  assert.deepEqual([luz?.birth_date, luz?.sex, luz?.phone_number], ['1990-05-01', 'male', ['955']]);
  const found = await search('Person', where(mapping, 'Person', 'identifier.identifier_value', 'eq', '01-02-000003-2'));
  assert.deepEqual(
    found.map((record) => record.birth_date),
    ['1990-05-01'],
  );
  assert.deepEqual(await search('Person', where(mapping, 'Person', 'birth_date', 'lt', '1980-01-01')), []);
  const [group] = await search(
    'Group',
    where(mapping, 'Group', 'member_list.demographic_info.birth_date', 'eq', '1990-05-01'),
  );
  assert.deepEqual(
    [group?.group_type, group?.poverty_score, (group?.member_list as unknown[] | undefined)?.length],
    ['family', 45.2, 2],
  );
  const head = where(mapping, 'Group', 'group_head_info.demographic_info.name.given_name', 'exists', true);
  assert.equal((await search('Group', head)).length, 1);
});

const SHARED = referencePath('mapping', 'the mappings that the examples come from are');

const voided = {
  voided: 'integer',
  date_created: 'datetime',
  date_changed: 'datetime',
  date_voided: 'datetime',
} as const;

const OPENMRS = [
  entity(
    'person',
    ['person_id'],
    {
      person_id: 'integer',
      gender: 'text',
      birthdate: 'date',
      birthdate_estimated: 'integer',
      dead: 'integer',
      death_date: 'datetime',
      uuid: 'text',
      ...voided,
    },
    {
      names: { entity: 'person_name', on: { person_id: 'person_id' } },
      ids: { entity: 'patient_identifier', on: { patient_id: 'person_id' } },
      addresses: { entity: 'person_address', on: { person_id: 'person_id' } },
      facts: { entity: 'person_attribute', on: { person_id: 'person_id' } },
    },
  ),
  entity('person_name', ['person_name_id'], {
    person_name_id: 'integer',
    person_id: 'integer',
    preferred: 'integer',
    prefix: 'text',
    given_name: 'text',
    middle_name: 'text',
    family_name: 'text',
    ...voided,
  }),
  entity('patient_identifier', ['patient_identifier_id'], {
    patient_identifier_id: 'integer',
    patient_id: 'integer',
    identifier: 'text',
    identifier_type: 'integer',
    preferred: 'integer',
    ...voided,
  }),
  entity('person_address', ['person_address_id'], {
    person_address_id: 'integer',
    person_id: 'integer',
    preferred: 'integer',
    address1: 'text',
    city_village: 'text',
    county_district: 'text',
    state_province: 'text',
    country: 'text',
    ...voided,
  }),
  entity('person_attribute', ['person_attribute_id'], {
    person_attribute_id: 'integer',
    person_id: 'integer',
    value: 'text',
    person_attribute_type_id: 'integer',
    ...voided,
  }),
].map((each) =>
  // The children join patient_id to person_id as the configuration says.
  each.name === 'person'
    ? {
        ...each,
        children: new Map(
          [...each.children].map(([name, edge]) => [
            name,
            name === 'ids' ? { ...edge, on: { person_id: 'patient_id' } } : edge,
          ]),
        ),
      }
    : each,
);

test('the registry with void flags: the preferred name, typed identifiers, facts that are attribute rows, times of Nairobi', async () => {
  const mapping = bind('openmrs.yaml', OPENMRS);
  const { search, plugin } = rig(mapping, {
    entities: OPENMRS,
    rows: {
      person: [
        {
          person_id: 1,
          gender: 'F',
          birthdate: '1950-07-12',
          birthdate_estimated: 0,
          date_created: '2017-07-14 05:40:00',
          date_changed: null,
        },
      ],
      person_name: [
        { person_name_id: 1, person_id: 1, preferred: 0, given_name: 'Alias', family_name: 'Old' },
        { person_name_id: 2, person_id: 1, preferred: 1, given_name: 'Given', family_name: 'Fam' },
      ],
      patient_identifier: [
        { patient_identifier_id: 1, patient_id: 1, identifier: 'MRN1', identifier_type: 3 },
        { patient_identifier_id: 2, patient_id: 1, identifier: 'X', identifier_type: 9 },
      ],
      person_address: [{ person_address_id: 1, person_id: 1, county_district: 'D1' }],
      person_attribute: [
        { person_attribute_id: 1, person_id: 1, value: '0700', person_attribute_type_id: 8 },
        { person_attribute_id: 2, person_id: 1, value: 'other', person_attribute_type_id: 9 },
      ],
    },
    children: { person: { names: { order: ['-preferred'] } } },
  });
  const [person] = await search('Person');
  assert.deepEqual(person?.name, { surname: 'Fam', given_name: 'Given' });
  assert.deepEqual(person?.identifier, [{ identifier_type: 'urn:gov:mrn', identifier_value: 'MRN1' }]);
  assert.deepEqual([person?.phone_number, person?.last_updated], [['0700'], '2017-07-14T02:40:00Z']);
  const mrn = {
    kind: 'and',
    of: [
      where(mapping, 'Person', 'identifier.identifier_type', 'eq', 'urn:gov:mrn'),
      where(mapping, 'Person', 'identifier.identifier_value', 'eq', 'MRN1'),
    ],
  } as const;
  assert.equal((await search('Person', { kind: 'any', list: 'identifier', of: mrn })).length, 1);
  assert.deepEqual(plugin.queries.at(-1)?.filter, {
    kind: 'any',
    child: 'ids',
    filter: {
      kind: 'and',
      of: [
        { kind: 'compare', column: 'identifier', op: 'eq', value: 'MRN1' },
        { kind: 'compare', column: 'identifier_type', op: 'eq', value: 3 },
      ].toReversed(),
    },
  });
  assert.deepEqual(await search('Person', where(mapping, 'Person', 'name.surname', 'eq', 'Old')), []);
  assert.equal(
    (await search('Person', where(mapping, 'Person', 'county', 'eq', 'D1'), { view: EVERYTHING })).length,
    1,
  );
});

test('the mappings that these examples come from fit as well', {
  skip: SHARED === undefined,
}, () => {
  const folder = pathToFileURL(`${SHARED}/`);
  assert.deepEqual(
    [...bind('composite.yaml', COMPOSITE.map(withoutZeroDates), folder).records.keys()],
    ['Person', 'Member', 'Group'],
  );
  assert.deepEqual([...bind('openmrs.yaml', OPENMRS, folder).records.keys()], ['Person']);
});

const withoutZeroDates = (each: Entity): Entity => ({
  ...each,
  columns: new Map([...each.columns].map(([name, found]) => [name, { ...found, zeroDates: false }])),
});
