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

export const emptyWorld19 = (): OdooWorld => new OdooWorld(MODELS_19);
