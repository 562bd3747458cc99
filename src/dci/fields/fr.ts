/** Farmers. `famer_personal_details` and `equipement_source` are spelt so in the standard. */

import type { FieldTable, RecordTable } from '../fields.ts';
import { ADDITIONAL, DATES, IDENTIFIER, PLACE } from './record-parts.ts';
import { GROUP, MEMBER, PERSON } from './social.ts';

const CROP: FieldTable = {
  activity_group: 'text:crop_activity',
  crop_type: 'text:crop_type',
  variety: 'text',
  season: 'text',
  end_use: ['text:crop_end_use'],
  irrigation: 'boolean',
  irrigation_water: ['text:irrigation_water'],
  fertilizer_type: ['text:fertilizer_type'],
  ...DATES,
};

const ANIMALS: FieldTable = {
  type: 'text:animal_type',
  count: 'integer',
  livestock_system: 'text:livestock_system',
  ...DATES,
};

const FARM: FieldTable = {
  place: PLACE,
  farm_type: 'text:farm_type',
  farming_activities: [
    {
      crop_production: [CROP],
      animal_production: [ANIMALS],
      mixed_farming: 'boolean',
      agri_support_activities: ['text:agri_support_activity'],
      aqua_support_activities: 'text:aqua_support_activity',
      aqua_culture: ['text:aqua_culture'],
      ...DATES,
    },
  ],
};

const FARMER_FIELDS: FieldTable = {
  identifier: [IDENTIFIER],
  famer_personal_details: '@Member',
  family_details: '@Group',
  farm_details: [FARM],
  machineries_details: [
    { type: 'text:machinery_type', count: 'integer', equipement_source: 'text:equipment_source', ...DATES },
  ],
  additional_attributes: [ADDITIONAL],
  ...DATES,
};

export const FR_RECORDS: Readonly<Record<string, RecordTable>> = {
  Farmer: {
    context: 'https://schema.spdci.org/extensions/fr/v1/FRPerson.jsonld',
    type: 'Farmer',
    identifiers: 'identifier',
    fields: FARMER_FIELDS,
  },
  Person: PERSON,
  Group: GROUP,
  Member: MEMBER,
};
