import { fromPlain, type PlainValue } from '../dci/json-plain.ts';
import type { FieldScopes, ScopeRecord } from '../security/field-scopes.ts';
import { withScopes } from '../security/field-scopes.ts';
import type { Allowed, RecordRights, RegistryRights } from '../security/rights.ts';
import type { RawFieldScopes, RawScopeRecord } from './schema/field-scopes.ts';
import type { RawRecordRights, RawRights } from './schema/partners.ts';

const EVERYTHING: RecordRights = { attributes: 'all', fields: 'all', identifierTypes: 'all' };

const NOTHING: Allowed = [];

/** What rights are read with: what the registry renders, and its scopes. */
export interface RightsContext {
  readonly recordTypes: Iterable<string>;
  readonly scopes: FieldScopes;
}

/** `all` for the records means every record type that the registry renders. What is not listed is not allowed. */
export const readRights = (raw: RawRights, { recordTypes, scopes }: RightsContext): RegistryRights =>
  withScopes(
    {
      width: raw.search,
      actions: raw.actions,
      records: new Map(
        raw.records === 'all'
          ? [...recordTypes].map((type) => [type, EVERYTHING] as const)
          : Object.entries(raw.records).map(
              ([type, entry]) => [type, entry === 'all' ? EVERYTHING : readRecord(entry)] as const,
            ),
      ),
      ...(raw.scopes !== undefined && { scopes: raw.scopes }),
    },
    scopes,
  );

export const readFieldScopes = (raw: RawFieldScopes): FieldScopes =>
  new Map(
    Object.entries(raw).map(([name, records]) => [
      name,
      new Map(Object.entries(records).map(([type, record]) => [type, readScopeRecord(record)])),
    ]),
  );

type NamedScopeRecord = Exclude<RawScopeRecord, readonly string[]>;

const readScopeRecord = (raw: RawScopeRecord): ScopeRecord => {
  const record: NamedScopeRecord = isList(raw) ? { fields: raw, attributes: raw } : raw;
  return {
    fields: record.fields ?? NOTHING,
    attributes: record.attributes ?? NOTHING,
    identifierTypes: record.identifier_types ?? NOTHING,
  };
};

const readRecord = (raw: RawRecordRights): RecordRights => ({
  attributes: raw.attributes ?? NOTHING,
  fields: raw.fields ?? NOTHING,
  identifierTypes: raw.identifier_types ?? NOTHING,
  ...(raw.rows !== undefined && { rows: fromPlain(raw.rows as PlainValue) }), // YAML of maps, lists and scalars
});

const isList = (raw: RawScopeRecord): raw is readonly string[] => Array.isArray(raw);
