/** Parts that the records of all domains share (PROTOCOL 7). */

import type { FieldTable } from '../fields.ts';

export const IDENTIFIER: FieldTable = { identifier_type: 'text:identifier_type', identifier_value: 'text' };

export const NAME: FieldTable = {
  surname: 'text',
  given_name: 'text',
  second_name: 'text',
  maiden_name: 'text',
  prefix: 'text',
  suffix: 'text',
};

const COORDINATES: FieldTable = { latitude: 'number', longitude: 'number' };

export const ADDRESS: FieldTable = {
  address_line_1: 'text',
  address_line_2: 'text',
  locality: 'text',
  sub_region_code: 'text',
  region_code: 'text',
  postal_code: 'text',
  country_code: 'text',
  geo_location: {
    plus_code: {
      global_code: 'text',
      geometry: { bounds: { northeast: COORDINATES, southwest: COORDINATES }, location: COORDINATES },
    },
  },
};

/** Where something is or happened. Places lie in each other by name (`contained_in_place`) or one level deep. */
export const PLACE: FieldTable = {
  name: 'text',
  code: 'text',
  address: 'text',
  address_line: 'text',
  geo: COORDINATES,
  contained_in_place: 'text',
  contains_place: [{ name: 'text', code: 'text', address: 'text', geo: COORDINATES }],
};

export const ADDITIONAL: FieldTable = { key: 'text', value: 'text' };

export const DATES: FieldTable = { registration_date: 'datetime', last_updated: 'datetime' };
