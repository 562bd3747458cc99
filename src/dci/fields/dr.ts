/** Disability registry: what is known of a person's disability, support and programmes. */

import type { FieldTable, RecordTable } from '../fields.ts';
import { ADDITIONAL, DATES, IDENTIFIER } from './record-parts.ts';
import { GROUP, MEMBER, PERSON } from './social.ts';

const SUPPORT: FieldTable = { frequency: 'text:support_frequency', support_status: 'text:support_status' };

const HUMAN_ASSISTANCE: FieldTable = {
  ...SUPPORT,
  type: 'text:human_assistance_type',
  caregiver: { id: 'text', name: 'text', identifier: 'text' },
  relationship: 'text:relationship_type',
  ...DATES,
};

const OTHER_SUPPORT = (codes: string): readonly [FieldTable] => [{ ...SUPPORT, type: `text:${codes}`, ...DATES }];

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
      human_assistance: HUMAN_ASSISTANCE,
      assistive_technology: OTHER_SUPPORT('assistive_technology'),
      animal_assistance: OTHER_SUPPORT('animal_assistance'),
      housing_support: OTHER_SUPPORT('housing_support'),
      medical_care: OTHER_SUPPORT('medical_care'),
      ...DATES,
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
