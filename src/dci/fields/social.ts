/** Person, Group and Member: the records of the social registry, and of every domain that has persons. */

import type { FieldTable, RecordTable } from '../fields.ts';
import { ADDITIONAL, ADDRESS, DATES, IDENTIFIER, NAME, PLACE } from './record-parts.ts';

export const PERSON_FIELDS: FieldTable = {
  identifier: [IDENTIFIER],
  name: NAME,
  sex: 'text:sex',
  birth_date: 'date',
  death_date: 'date',
  birth_place: 'text',
  address: [ADDRESS],
  phone_number: ['text'],
  email: ['text'],
  marital_status: 'text:marital_status',
  is_disabled: 'boolean',
  disability_info: [
    { disability_limitation_type: 'text:functional_limitation_type', functional_severity: 'text:functional_severity' },
  ],
  /** The households a person belongs to, as OpenSPP's guide describes them. */
  households: [{ name: 'text', identifier: [IDENTIFIER], phone_number: ['text'], is_head: 'boolean' }],
  additional_attributes: [ADDITIONAL],
  ...DATES,
};

export const MEMBER_FIELDS: FieldTable = {
  member_identifier: [IDENTIFIER],
  demographic_info: '@Person',
  related_person: [{ relationship_type: 'text:relationship_type', related_member: '@Member' }],
  is_disabled: 'boolean',
  disability_info: [
    { disability_limitation_type: 'text:functional_limitation_type', functional_severity: 'text:functional_severity' },
  ],
  marital_status: 'text:marital_status',
  employment_status: 'text:employment_status',
  occupation: 'text:occupation',
  income_level: 'text:income_level',
  language_code: ['text:language_code'],
  education_level: 'text:education_level',
  additional_attributes: [ADDITIONAL],
  ...DATES,
};

export const GROUP_FIELDS: FieldTable = {
  group_identifier: [IDENTIFIER],
  name: 'text',
  group_type: 'text',
  geographical_location: { name: 'text', code: 'text' },
  place: PLACE,
  address: [ADDRESS],
  poverty_score: 'number',
  poverty_score_type: 'text',
  group_head_info: '@Member',
  group_size: 'integer',
  member_list: ['@Member'],
  additional_attributes: [ADDITIONAL],
  ...DATES,
};

const EXTENSION = 'https://schema.spdci.org/extensions/social/v1';

export const PERSON: RecordTable = {
  context: `${EXTENSION}/SRPerson.jsonld`,
  type: 'Person',
  identifiers: 'identifier',
  fields: PERSON_FIELDS,
};

export const MEMBER: RecordTable = {
  context: `${EXTENSION}/Member.jsonld`,
  type: 'Member',
  identifiers: 'member_identifier',
  fields: MEMBER_FIELDS,
};

export const GROUP: RecordTable = {
  context: `${EXTENSION}/Group.jsonld`,
  type: 'Group',
  identifiers: 'group_identifier',
  fields: GROUP_FIELDS,
};

export const SOCIAL_RECORDS: Readonly<Record<string, RecordTable>> = { Person: PERSON, Group: GROUP, Member: MEMBER };
