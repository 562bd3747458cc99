/** Named scopes of fields: sets that an operator writes once for a registry, and rights refer to by name. */

import type { Allowed, RecordRights, RegistryRights } from './rights.ts';

/** What a scope holds of one record type. */
export interface ScopeRecord {
  readonly fields: Allowed;
  readonly attributes: Allowed;
  readonly identifierTypes: Allowed;
}

/** By name, then by record type. */
export type FieldScopes = ReadonlyMap<string, ReadonlyMap<string, ScopeRecord>>;

const NOTHING: RecordRights = { attributes: [], fields: [], identifierTypes: [] };

/**
 * The rights with what their scopes hold. A name that there is no scope for gives nothing. What comes back may be given
 * again: nothing is added twice.
 */
export const withScopes = (rights: RegistryRights, scopes: FieldScopes): RegistryRights => {
  if (rights.scopes === undefined) return rights;
  const records = new Map(rights.records);
  for (const name of rights.scopes) {
    for (const [type, held] of scopes.get(name) ?? []) records.set(type, joined(records.get(type) ?? NOTHING, held));
  }
  return { ...rights, records };
};

/** Names among the rights' scopes that there is no scope for. */
export const unknownScopes = ({ scopes = [] }: RegistryRights, known: FieldScopes): readonly string[] =>
  scopes.filter((name) => !known.has(name));

const joined = (record: RecordRights, held: ScopeRecord): RecordRights => ({
  ...record,
  fields: union(record.fields, held.fields),
  attributes: union(record.attributes, held.attributes),
  identifierTypes: union(record.identifierTypes, held.identifierTypes),
});

const union = (left: Allowed, right: Allowed): Allowed =>
  left === 'all' || right === 'all' ? 'all' : [...new Set([...left, ...right])];
