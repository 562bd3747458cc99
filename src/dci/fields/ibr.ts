/** Integrated beneficiary registry: persons as Members, and their enrolments. */

import type { FieldTable, RecordTable } from '../fields.ts';
import { ADDITIONAL, DATES, IDENTIFIER } from './record-parts.ts';
import { GROUP, MEMBER, PERSON } from './social.ts';

const BENEFICIARY_FIELDS: FieldTable = {
  identifier: [IDENTIFIER],
  beneficiary: '@Member',
  enrollment_status: 'text:enrollment_status',
  enrollment_date: 'date',
  programme_name: 'text',
  programme_identifier: 'text',
  programme_type: 'text:programme_type',
  benefits: [{ benefit_type: 'text:benefit_type', amount: 'number', currency: 'text', payment_date: 'date' }],
  additional_attributes: [ADDITIONAL],
  ...DATES,
};

export const IBR_RECORDS: Readonly<Record<string, RecordTable>> = {
  Member: { ...MEMBER, context: 'https://schema.spdci.org/extensions/ibr/v1/Member.jsonld' },
  Beneficiary: {
    context: 'https://schema.spdci.org/extensions/ibr/v1/Beneficiary.jsonld',
    type: 'Beneficiary',
    identifiers: 'identifier',
    fields: BENEFICIARY_FIELDS,
  },
  Person: PERSON,
  Group: GROUP,
};
