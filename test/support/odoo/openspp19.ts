/** OpenSPP on Odoo 19, after its source: no server of that kind was recorded. */

import { type OdooModel, OdooWorld } from './model.ts';
import { CURRENCY, plainModel } from './openspp17.ts';

const CODE = 'many2one spp.vocabulary.code';

export const MODELS_19: readonly OdooModel[] = [
  plainModel('res.partner', 'complete_name asc, id desc', {
    ...{ name: 'char', complete_name: 'char', given_name: 'char', family_name: 'char', addl_name: 'char' },
    ...{ birthdate: 'date', gender_id: CODE, civil_status_id: CODE, group_type_id: CODE, birth_place: 'char' },
    ...{ address: 'text', email: 'char', phone: 'char', area_id: 'many2one spp.area' },
    ...{ is_registrant: 'boolean', is_group: 'boolean', active: 'boolean' },
    ...{ registration_date: 'date', disabled: 'datetime' },
    reg_ids: 'one2many spp.registry.id partner_id',
    phone_number_ids: 'one2many spp.phone.number partner_id',
    group_membership_ids: 'one2many spp.group.membership group',
    individual_membership_ids: 'one2many spp.group.membership individual',
  }),
  plainModel('spp.vocabulary.code', 'id', { code: 'char!', display: 'char', uri: 'char' }),
  plainModel('spp.registry.id', 'id desc', {
    ...{ partner_id: 'many2one res.partner!', id_type_id: `${CODE}!`, value: 'char' },
    ...{ expiry_date: 'date', status: 'selection' },
  }),
  plainModel('spp.phone.number', 'id desc', {
    ...{ partner_id: 'many2one res.partner!', phone_no: 'char!', disabled: 'datetime' },
  }),
  plainModel('spp.group.membership', 'id desc', {
    ...{ group: 'many2one res.partner!', individual: 'many2one res.partner!' },
    membership_type_ids: 'many2many spp.vocabulary.code',
    ...{ start_date: 'datetime', ended_date: 'datetime', is_ended: 'boolean', active: 'boolean' },
  }),
  plainModel('spp.registry.relationship', 'id desc', {
    ...{ source: 'many2one res.partner!', destination: 'many2one res.partner!', relation_type_id: CODE },
    ...{ start_date: 'datetime', end_date: 'datetime', disabled: 'datetime' },
  }),
  plainModel('spp.area', 'id', {
    ...{ draft_name: 'char!', name: 'char', code: 'char', parent_id: 'many2one spp.area', area_level: 'integer' },
  }),
  CURRENCY,
];

/** Persons and households with the same numbers as in `recordedWorld`, and of each label the same number where 17 has it. */
export const smallWorld19 = (persons: number): OdooWorld => {
  const world = new OdooWorld(MODELS_19);
  world.create('res.currency', { name: 'USD', active: false }, AT);
  for (const code of LABELS) world.create('spp.vocabulary.code', { code, uri: `urn:openspp:${code}` }, AT);
  for (let id = 1; id < FIRST_PERSON; id += 1) world.create('res.partner', { name: `User ${id}` }, AT);
  for (let n = 0; n < persons; n += 1) {
    const registrant = { is_registrant: true, is_group: false, gender_id: LABELS.indexOf('2') + 1 };
    world.create('res.partner', { ...registrant, family_name: `Family ${n}`, given_name: 'Amina' }, AT);
    identified(world, FIRST_PERSON + n, `NID${String(n).padStart(8, '0')}`);
    world.create('spp.phone.number', { partner_id: FIRST_PERSON + n, phone_no: `+2547${String(n).padStart(8, '0')}` }, AT); // biome-ignore format: one look
  }
  for (let n = 0; n < persons / 4; n += 1) {
    const values = { is_registrant: true, is_group: true, name: `Household ${n}` };
    const id = world.create('res.partner', { ...values, group_type_id: LABELS.indexOf('household') + 1 }, AT);
    identified(world, id, `HH${String(n).padStart(6, '0')}`);
    for (let member = 0; member < 4; member += 1) {
      const links = { group: id, individual: FIRST_PERSON + n * 4 + member, is_ended: false };
      world.create('spp.group.membership', { ...links, membership_type_ids: member === 0 ? [HEAD] : [] }, AT);
    }
  }
  return world;
};

const identified = (world: OdooWorld, id: number, value: string): void => {
  world.create('spp.registry.id', { partner_id: id, id_type_id: NATIONAL_ID, value }, AT);
};

const AT = '2026-11-21 22:44:13.100000';
const FIRST_PERSON = 7;
const LABELS = ['passport', 'driving_licence', 'voter_card', 'national_id', 'head', 'household', '2', 'spouse', 'sibling', 'guardian'] as const; // biome-ignore format: one look
const [NATIONAL_ID, HEAD] = [4, 5];

export const emptyWorld19 = (): OdooWorld => new OdooWorld(MODELS_19);
