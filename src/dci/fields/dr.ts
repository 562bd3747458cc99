/** Disability registry: what is known of a person's disability, support and programmes. */

import type { FieldTable, RecordTable } from '../fields.ts';
import { ADDITIONAL, DATES, IDENTIFIER } from './record-parts.ts';
import { GROUP, MEMBER, PERSON } from './social.ts';

const ASSISTANCE: FieldTable = {
  frequency: 'text:support_frequency',
  type: 'text',
  support_status: 'text:support_status',
};

const DISABLED_FIELDS: FieldTable = {
  identifier: [IDENTIFIER],
  personal_details: '@Person',
  disability_status: 'text:disability_status',
  disability_level: 'text:disability_level',
  disability_details: [
    {
      impairment_type: 'text:impairment_type',
      impairment_level: 'text:impairment_level',
      impairment_cause: 'text:impairment_cause',
      age_on_set: 'text:age_on_set',
    },
  ],
  disability_support: [
    {
      human_assistance: { ...ASSISTANCE, type: 'text:human_assistance_type' },
      assistive_technology: ASSISTANCE,
      animal_assistance: ASSISTANCE,
      housing_support: ASSISTANCE,
      medical_care: ASSISTANCE,
    },
  ],
  transport_requirement: 'text:transport_requirement',
  housing_type: 'text:housing_type',
  programs_enrollments: [{ programme_name: 'text', programme_identifier: 'text' }],
  additional_attributes: [ADDITIONAL],
  ...DATES,
};

export const DR_RECORDS: Readonly<Record<string, RecordTable>> = {
  DisabledPerson: {
    context: 'https://schema.spdci.org/extensions/dr/v1/DRPerson.jsonld',
    type: 'DisabledPerson',
    identifiers: 'identifier',
    fields: DISABLED_FIELDS,
  },
  Person: PERSON,
  Group: GROUP,
  Member: MEMBER,
};
