/** Integrated beneficiary registry: persons as Members with the programmes they are enrolled in, and Beneficiaries. */

import type { FieldTable, RecordTable } from '../fields.ts';
import { ADDITIONAL, DATES, IDENTIFIER } from './record-parts.ts';
import { GROUP, MEMBER, MEMBER_FIELDS, PERSON } from './social.ts';

/** One enrolment; the standard names the list after its identifier. */
const ENROLMENT: FieldTable = {
  programme: { programme_identifier: 'text', programme_name: 'text', programme_type: 'text:programme_type' },
  enrolment_date: 'date',
  enrolment_status: 'text:enrollment_status',
  status_change_date: 'date',
  benefits: [
    { benefit_type: 'text:benefit_type', benefit_date: 'date', benefit_value: 'text', benefit_frequency: 'text' },
  ],
};

const IBR_MEMBER_FIELDS: FieldTable = {
  ...MEMBER_FIELDS,
  relationship_head: 'text:relationship_type',
  programme_identifier: [ENROLMENT],
};

/** Enrolments stand in the member, as in the standard's example, or here, where a household is the beneficiary. */
const BENEFICIARY_FIELDS: FieldTable = {
  identifier: [IDENTIFIER],
  assistance_unit: 'text:assistance_unit',
  member: '@Member',
  group: '@Group',
  programme_identifier: [ENROLMENT],
  additional_attributes: [ADDITIONAL],
  ...DATES,
};

export const IBR_RECORDS: Readonly<Record<string, RecordTable>> = {
  Member: { ...MEMBER, context: 'https://schema.spdci.org/extensions/ibr/v1/Member.jsonld', fields: IBR_MEMBER_FIELDS },
  Beneficiary: {
    context: 'https://schema.spdci.org/extensions/ibr/v1/Beneficiary.jsonld',
    type: 'Beneficiary',
    identifiers: 'identifier',
    fields: BENEFICIARY_FIELDS,
  },
  Person: PERSON,
  Group: GROUP,
};
