/** Civil registration: a Person with its parents and civil status, and the vital events. */

import type { FieldTable, RecordTable } from '../fields.ts';
import { DATES, IDENTIFIER, PLACE } from './record-parts.ts';
import { GROUP, MEMBER, PERSON, PERSON_FIELDS } from './social.ts';

const EXTENSION = 'https://schema.spdci.org/extensions/crvs/v1/data';

const CRVS_PERSON_FIELDS: FieldTable = {
  ...PERSON_FIELDS,
  birth_place: PLACE,
  death_place: PLACE,
  marriage_date: 'date',
  divorce_date: 'date',
  parent1_identifier: IDENTIFIER,
  parent2_identifier: IDENTIFIER,
};

const EVENT_FIELDS: FieldTable = {
  identifier: [IDENTIFIER],
  event_type: 'text:vital_event_type',
  event_date: 'date',
  event_place: PLACE,
  person: '@Person',
  ...DATES,
};

export const CRVS_RECORDS: Readonly<Record<string, RecordTable>> = {
  Person: { ...PERSON, context: `${EXTENSION}/CRVSPerson.jsonld`, fields: CRVS_PERSON_FIELDS },
  VitalEvent: {
    context: `${EXTENSION}/VitalEvent.jsonld`,
    type: 'VitalEvent',
    identifiers: 'identifier',
    fields: EVENT_FIELDS,
  },
  Group: GROUP,
  Member: MEMBER,
};
