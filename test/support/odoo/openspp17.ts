/** OpenSPP on Odoo 17: its models as they were recorded, and a registry of invented households like the recorded one. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { field, type OdooField, type OdooModel, OdooWorld } from './model.ts';

export interface Exchange {
  readonly title: string;
  readonly request: {
    readonly params: { readonly service: string; readonly method: string; readonly args: readonly unknown[] };
  };
  readonly http_status: number;
  readonly response: {
    readonly result?: unknown;
    readonly error?: { readonly data: { readonly name: string; readonly message: string } };
  };
}

export const EXCHANGES = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../data/openspp-transcript.json'), 'utf8'),
) as readonly Exchange[];

type Recorded = Readonly<
  Record<string, { readonly type: string; readonly relation?: string; readonly required: boolean }>
>;

const INVERSE: Readonly<Record<string, string>> = {
  reg_ids: 'partner_id',
  phone_number_ids: 'partner_id',
  group_membership_ids: 'group',
  individual_membership_ids: 'individual',
  child_ids: 'parent_id',
};
/** Computed when they are read. */
const NOT_STORED = new Set(['display_name', 'id_type_as_str', 'phone_sanitized']);

/** Fields of a model as they were recorded, and others that the recording did not ask for. */
const recorded = (model: string, order: string, others: Readonly<Record<string, string>> = {}): OdooModel => {
  const exchange = EXCHANGES.find(
    ({ request: { params } }) => params.args[3] === model && params.args[4] === 'fields_get',
  );
  const fields = Object.entries((exchange?.response.result ?? {}) as Recorded).map(
    ([name, each]): [string, OdooField] => [
      name,
      {
        ...each,
        store: !NOT_STORED.has(name) && each.type !== 'one2many',
        ...(INVERSE[name] !== undefined && { inverse: INVERSE[name] }),
      },
    ],
  );
  const rest = Object.entries(others).map(([name, text]): [string, OdooField] => [name, field(text)]);
  return { name: model, order, fields: new Map([...fields, ...rest]) };
};

export const plainModel = (name: string, order: string, fields: Readonly<Record<string, string>>): OdooModel => ({
  name,
  order,
  fields: new Map(
    Object.entries({ ...LOGGED, ...fields }).map(([each, text]): [string, OdooField] => [each, field(text)]),
  ),
});

const LOGGED = { id: 'integer', display_name: 'char~', create_date: 'datetime', write_date: 'datetime' } as const;

export const CURRENCY = plainModel('res.currency', 'active desc, name', { name: 'char!', active: 'boolean' });

export const MODELS_17: readonly OdooModel[] = [
  recorded('res.partner', 'complete_name asc, id desc', {
    ...{ id: 'integer', display_name: 'char~', complete_name: 'char' },
    ...{ address: 'text', phone: 'char', civil_status: 'char', company_id: 'many2one res.company' },
  }),
  recorded('g2p.reg.id', 'id desc'),
  recorded('g2p.id.type', 'id desc'),
  recorded('g2p.phone.number', 'id desc'),
  recorded('g2p.group.membership', 'id desc'),
  recorded('g2p.group.membership.kind', 'id'),
  recorded('g2p.group.kind', 'id'),
  recorded('spp.area', 'id'),
  plainModel('spp.area.kind', 'id', { name: 'char' }),
  plainModel('g2p.relationship', 'id', { name: 'char!', name_inverse: 'char' }),
  plainModel('g2p.reg.rel', 'id desc', {
    ...{ source: 'many2one res.partner!', destination: 'many2one res.partner!', relation: 'many2one g2p.relationship' },
    ...{ start_date: 'datetime', end_date: 'datetime', disabled: 'datetime' },
  }),
  CURRENCY,
];

const NAMES = ['Okafor', 'Kamau', 'Núñez', 'Diallo', 'Adeyemi', 'Mwangi'] as const;
const GIVEN = ['Abena', 'Kofi', 'Lucía', 'Amina', 'Juma'] as const;
const FIRST = [
  { family_name: "O'Brien", given_name: 'Mary', gender: 'Female', birthdate: '1998-05-25' },
  { family_name: 'Okafor', given_name: 'Lucía', gender: 'Female', birthdate: '1972-10-21' },
  { family_name: 'Kamau', given_name: 'Łukasz' },
  { family_name: 'Okafor', given_name: 'Abena' },
] as const;

/** Of 2,000 persons 15 are born in 1990, and 1,368 are women or born from then on. */
const bornAndGender = (n: number) => {
  if (n < 17) return { birthdate: `1990-03-${String(n).padStart(2, '0')}`, gender: 'Male' };
  if (n >= 17 + 1351) return { birthdate: '1980-01-31', gender: 'Male' };
  return n % 2 === 0 ? { birthdate: '1961-07-12', gender: 'Female' } : { birthdate: '2001-02-03', gender: 'Male' };
};

const nameOf = (n: number) => {
  if (n === 1616 || n === 1772) return { family_name: 'Müller', given_name: 'Abena' };
  if (n % 300 === 299) return { family_name: 'Müller', given_name: 'Kofi' };
  return { family_name: NAMES[n % NAMES.length] ?? '', given_name: GIVEN[n % GIVEN.length] ?? '' };
};

const PERSONS_AT = '2026-11-21 22:44:13';
const HOUSEHOLDS_AT = '2026-11-21 22:44:30';
const FIRST_PERSON = 7;

/** The registry that was recorded, in what the recording shows of it. */
export const recordedWorld = (persons = 2_000): OdooWorld => {
  const world = new OdooWorld(MODELS_17);
  const at = (second: string, n: number) => `${second}.${String(100_000 + n).slice(0, 6)}`;
  for (const [n, name] of ['Passport', 'Driving licence', 'Voter card', 'National ID'].entries())
    world.create('g2p.id.type', { name }, at(PERSONS_AT, n));
  world.create('g2p.group.membership.kind', { name: 'Head', is_unique: true }, at(PERSONS_AT, 0));
  for (const name of ['Household', 'Family']) world.create('g2p.group.kind', { name }, at(PERSONS_AT, 0));
  world.create('res.currency', { name: 'USD', active: false }, at(PERSONS_AT, 0));
  areas(world, at(PERSONS_AT, 0));
  for (let id = 1; id < FIRST_PERSON; id += 1)
    world.create('res.partner', { name: `User ${id}`, complete_name: `User ${id}` }, at(PERSONS_AT, 0));
  for (let n = 0; n < persons; n += 1) person(world, n, at(PERSONS_AT, n));
  for (let n = 0; n < persons / 4; n += 1) household(world, n, FIRST_PERSON + persons + n, at(HOUSEHOLDS_AT, n));
  return world;
};

const areas = (world: OdooWorld, stamp: string): void => {
  const add = (draft: string, code: string, parent: number | null, above: string) => {
    const name = `${code} - ${draft}`;
    const complete = above === '' ? name : `${above} > ${name}`;
    const values = { draft_name: draft, name, code, parent_id: parent, complete_name: complete };
    world.create('spp.area', { ...values, area_level: parent === null ? 0 : 1, level: 1 }, stamp);
  };
  for (const n of [1, 2, 3]) add(`Region ${n}`, `REGION_0${n}`, null, '');
  for (let n = 0; n < 12; n += 1) {
    const region = 1 + Math.floor(n / 4);
    const district = `0${region}0${(n % 4) + 1}`;
    add(`District ${region}-${(n % 4) + 1}`, `DISTRICT_${district}`, region, `REGION_0${region} - Region ${region}`);
  }
};

const person = (world: OdooWorld, n: number, stamp: string): void => {
  const known = { ...bornAndGender(n), ...nameOf(n), ...FIRST[n] };
  const name = `${known.family_name.toUpperCase()}, ${known.given_name}`;
  const id = world.create(
    'res.partner',
    {
      ...{ ...known, name, complete_name: name, is_registrant: true, is_group: false },
      ...{ birth_place: 'Capital City', email: `p${n}@example.org`, area_id: 4 + (n % 12) },
      registration_date: '2024-01-15',
    },
    stamp,
  );
  const value = `NID${String(n).padStart(8, '0')}`;
  world.create('g2p.reg.id', { partner_id: id, id_type: 4, value }, stamp);
  const phone = `+2547${String(n).padStart(8, '0')}`;
  world.create('g2p.phone.number', { partner_id: id, phone_no: phone, date_collected: '2026-11-21' }, stamp);
};

const household = (world: OdooWorld, n: number, id: number, stamp: string): void => {
  const name = `Household ${String(n).padStart(5, '0')}`;
  const values = { id, name, complete_name: name, is_registrant: true, is_group: true, kind: 2, area_id: 4 + (n % 12) };
  world.create('res.partner', { ...values, registration_date: '2026-11-21' }, stamp);
  world.create('g2p.reg.id', { partner_id: id, id_type: 4, value: `HH${String(n).padStart(6, '0')}` }, stamp);
  for (let member = 0; member < 4; member += 1)
    world.create(
      'g2p.group.membership',
      {
        ...{ group: id, individual: FIRST_PERSON + n * 4 + member, kind: member === 0 ? [1] : [] },
        ...{ start_date: `${HOUSEHOLDS_AT}.000000`, is_ended: false },
      },
      stamp,
    );
};
