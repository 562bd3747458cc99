/**
 * The known fields of DCI records (PROTOCOL 7): names, types, lists, nested records and code lists.
 * A mapping may render no field that is not here.
 */

import type { AttributeType } from './attribute.ts';
import { CRVS_RECORDS } from './fields/crvs.ts';
import { DR_RECORDS } from './fields/dr.ts';
import { FR_RECORDS } from './fields/fr.ts';
import { IBR_RECORDS } from './fields/ibr.ts';
import { SOCIAL_RECORDS } from './fields/social.ts';

/**
 * A field as the tables write it: `text`, `date`, `text:sex` (with a code list), `@Person` (a nested record),
 * an object of fields, or a list of one of these.
 */
export type FieldSpec = string | FieldTable | readonly [string | FieldTable];

export interface FieldTable {
  readonly [field: string]: FieldSpec;
}

export interface RecordTable {
  /** Default `@context` and `@type`; `records.Person.context` and `.type` replace them. */
  readonly context: string;
  readonly type: string;
  /** Dotted path of the list that identifier queries look in. */
  readonly identifiers?: string;
  readonly fields: FieldTable;
}

export interface Field {
  readonly list: boolean;
  readonly shape:
    | { readonly kind: 'value'; readonly type: AttributeType; readonly codes: string | undefined }
    | { readonly kind: 'object'; readonly fields: FieldTable }
    | { readonly kind: 'record'; readonly record: string };
}

const BY_DOMAIN: Readonly<Record<string, Readonly<Record<string, RecordTable>>>> = {
  social: SOCIAL_RECORDS,
  crvs: CRVS_RECORDS,
  fr: FR_RECORDS,
  dr: DR_RECORDS,
  ibr: IBR_RECORDS,
};

/** The record types of a domain, with their fields. Empty for an unknown domain. */
export const recordTables = (domain: string): Readonly<Record<string, RecordTable>> => BY_DOMAIN[domain] ?? {};

/** One field of a table, read. Undefined when the table has no such field. */
export const fieldOf = (table: FieldTable, name: string): Field | undefined => {
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  if (spec === undefined) return undefined;
  return isList(spec) ? { list: true, shape: shapeOf(spec[0]) } : { list: false, shape: shapeOf(spec) };
};

const isList = (spec: FieldSpec): spec is readonly [string | FieldTable] => Array.isArray(spec);

const shapeOf = (spec: string | FieldTable): Field['shape'] => {
  if (typeof spec !== 'string') return { kind: 'object', fields: spec };
  if (spec.startsWith('@')) return { kind: 'record', record: spec.slice(1) };
  const [type = 'text', codes] = spec.split(':');
  return { kind: 'value', type: type as AttributeType, codes }; // the tables below src/dci/fields write nothing else; a test reads them all
};
