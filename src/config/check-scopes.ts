/** Scopes of fields must name what the registry has: a right on what is not there allows nothing, and is most often a slip of the pen. */

import type { NamedPaths } from '../mapping/named-paths.ts';
import type { ScopeRecord } from '../security/field-scopes.ts';
import type { Allowed } from '../security/rights.ts';
import { unknown } from './check-references.ts';
import type { RegistryConfig } from './config.ts';
import type { Mistake } from './explain.ts';
import { mappingOf } from './mapping-of.ts';

/** Only of a registry whose mapping was read without a mistake. */
export const checkScopes = (registry: RegistryConfig): readonly Mistake[] => {
  if (registry.scopes.size === 0) return [];
  const { paths } = mappingOf(registry);
  return [...registry.scopes].flatMap(([name, records]) =>
    [...records].flatMap(([type, record]) => {
      const path = ['registries', registry.id, 'scopes', name, type];
      const known = paths.get(type);
      return known === undefined
        ? [unknown(path, `registry ${registry.id} has no record type ${type}`, type, paths.keys())]
        : strayPaths(path, type, record, known);
    }),
  );
};

const strayPaths = (path: readonly string[], type: string, record: ScopeRecord, known: NamedPaths): Mistake[] => {
  const searched = new Set([...known.fields, ...known.attributes]);
  // Of a list, what is no field may be an attribute that the mapping adds.
  const seen = record.fields === record.attributes ? searched : known.fields;
  const stray = new Set([...missing(record.fields, seen), ...missing(record.attributes, searched)]);
  return [...stray].map((each) => unknown(path, `${type} has no field ${each}`, each, seen));
};

const missing = (allowed: Allowed | undefined, known: ReadonlySet<string>): readonly string[] =>
  allowed === undefined || allowed === 'all' ? [] : allowed.filter((path) => !known.has(path));
