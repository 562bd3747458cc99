import { fromPlain, type PlainValue } from '../dci/json-plain.ts';
import type { Allowed, RecordRights, RegistryRights } from '../security/rights.ts';
import type { RawRecordRights, RawRights } from './schema/partners.ts';

const EVERYTHING: RecordRights = { attributes: 'all', fields: 'all', identifierTypes: 'all' };

const NOTHING: Allowed = [];

/** `all` for the records means every record type that the registry renders. What is not listed is not allowed. */
export const readRights = (raw: RawRights, recordTypes: Iterable<string>): RegistryRights => ({
  width: raw.search,
  actions: raw.actions,
  records: new Map(
    raw.records === 'all'
      ? [...recordTypes].map((type) => [type, EVERYTHING] as const)
      : Object.entries(raw.records).map(
          ([type, entry]) => [type, entry === 'all' ? EVERYTHING : readRecord(entry)] as const,
        ),
  ),
});

const readRecord = (raw: RawRecordRights): RecordRights => ({
  attributes: raw.attributes ?? NOTHING,
  fields: raw.fields ?? NOTHING,
  identifierTypes: raw.identifier_types ?? NOTHING,
  ...(raw.rows !== undefined && { rows: fromPlain(raw.rows as PlainValue) }), // YAML of maps, lists and scalars
});
