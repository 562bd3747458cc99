/** Named scopes of fields: sets that an operator writes once for a registry, and rights refer to by name. */

import type { Partner } from './partner.ts';
import type { Allowed, NarrowedRecord, PurposeRights, RecordRights, RegistryRights } from './rights.ts';

/** What a scope holds of one record type; what is absent, it does not speak of. */
export type ScopeRecord = Pick<NarrowedRecord, 'attributes' | 'fields' | 'identifierTypes'>;

/** By name, then by record type. */
export type FieldScopes = ReadonlyMap<string, ReadonlyMap<string, ScopeRecord>>;

const NOTHING: RecordRights = { attributes: [], fields: [], identifierTypes: [] };

/**
 * The rights with what their scopes and those of their purposes hold. A name that there is no scope for gives nothing.
 * What comes back may be given again: nothing is added twice.
 */
export const withScopes = (rights: RegistryRights, scopes: FieldScopes): RegistryRights => {
  const { purposes } = rights;
  return {
    ...rights,
    records: added(rights.records, rights.scopes ?? [], scopes, NOTHING),
    ...(purposes !== undefined && {
      purposes: new Map([...purposes].map(([name, purpose]) => [name, withPurposeScopes(purpose, scopes)])),
    }),
  };
};

/** The same on every registry that the partner has rights on. */
export const partnerWithScopes = (partner: Partner, scopesOf: (registry: string) => FieldScopes): Partner => ({
  ...partner,
  registries: new Map([...partner.registries].map(([id, rights]) => [id, withScopes(rights, scopesOf(id))])),
});

const withPurposeScopes = (purpose: PurposeRights, scopes: FieldScopes): PurposeRights =>
  purpose.scopes === undefined
    ? purpose
    : { ...purpose, records: added(purpose.records ?? new Map(), purpose.scopes, scopes, {}) };

/** Names among the rights' scopes, and those of their purposes, that there is no scope for. */
export const unknownScopes = ({ scopes = [], purposes }: RegistryRights, known: FieldScopes): readonly string[] => {
  const ofPurposes = [...(purposes?.values() ?? [])].flatMap((purpose) => purpose.scopes ?? []);
  return [...scopes, ...ofPurposes].filter((name) => !known.has(name));
};

const added = <Record extends ScopeRecord>(
  records: ReadonlyMap<string, Record>,
  names: readonly string[],
  scopes: FieldScopes,
  empty: Record,
): ReadonlyMap<string, Record> => {
  const all = new Map(records);
  for (const name of names) {
    for (const [type, held] of scopes.get(name) ?? []) {
      const record = all.get(type) ?? empty;
      const fields = union(record.fields, held.fields);
      const attributes = union(record.attributes, held.attributes);
      const identifierTypes = union(record.identifierTypes, held.identifierTypes);
      all.set(type, {
        ...record,
        ...(fields !== undefined && { fields }),
        ...(attributes !== undefined && { attributes }),
        ...(identifierTypes !== undefined && { identifierTypes }),
      });
    }
  }
  return all;
};

const union = (left: Allowed | undefined, right: Allowed | undefined): Allowed | undefined => {
  if (left === undefined || right === undefined) return left ?? right;
  return left === 'all' || right === 'all' ? 'all' : [...new Set([...left, ...right])];
};
