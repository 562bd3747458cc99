import type { JsonNode } from '../dci/json-node.ts';
import { fromPlain, type PlainValue } from '../dci/json-plain.ts';
import type { FieldScopes, ScopeRecord } from '../security/field-scopes.ts';
import { withScopes } from '../security/field-scopes.ts';
import type { Allowed, NarrowedRecord, PurposeRights, RecordRights, RegistryRights } from '../security/rights.ts';
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
      ...(raw.purposes !== undefined && { purposes: readPurposes(raw.purposes) }),
      ...(raw.default_purpose !== undefined && { defaultPurpose: raw.default_purpose }),
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
    ...(record.fields !== undefined && { fields: record.fields }),
    ...(record.attributes !== undefined && { attributes: record.attributes }),
    ...(record.identifier_types !== undefined && { identifierTypes: record.identifier_types }),
  };
};

const readPurposes = (raw: NonNullable<RawRights['purposes']>): ReadonlyMap<string, PurposeRights> =>
  new Map(
    Object.entries(raw).map(([name, { basis, scopes, records }]) => [
      name,
      {
        basis,
        ...(scopes !== undefined && { scopes }),
        ...(records !== undefined && {
          records: new Map(
            Object.entries(records).map(([type, entry]) => [type, entry === 'all' ? {} : readNarrowed(entry)]),
          ),
        }),
      },
    ]),
  );

const readNarrowed = (raw: RawRecordRights): NarrowedRecord => ({
  ...readScopeRecord(raw),
  ...(raw.rows !== undefined && { rows: readQuery(raw.rows) }),
});

const readRecord = (raw: RawRecordRights): RecordRights => ({
  attributes: raw.attributes ?? NOTHING,
  fields: raw.fields ?? NOTHING,
  identifierTypes: raw.identifier_types ?? NOTHING,
  ...(raw.rows !== undefined && { rows: readQuery(raw.rows) }),
});

const isList = (raw: RawScopeRecord): raw is readonly string[] => Array.isArray(raw);

/** YAML of maps, lists and scalars. */
const readQuery = (raw: NonNullable<RawRecordRights['rows']>): JsonNode => fromPlain(raw as PlainValue);
