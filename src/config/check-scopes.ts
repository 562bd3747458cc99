/** Scopes of fields must name what the registry has: a right on what is not there allows nothing, and is most often a slip of the pen. */

import type { NamedPaths } from '../mapping/named-paths.ts';
import type { ScopeRecord } from '../security/field-scopes.ts';
import { unknown } from './check-references.ts';
import { strayPaths } from './check-rights.ts';
import type { RegistryConfig } from './config.ts';
import type { Mistake } from './explain.ts';

/** @param paths by record type; undefined where the registry's mapping is wrong itself */
export const checkScopes = (
  { id, scopes }: RegistryConfig,
  paths: ReadonlyMap<string, NamedPaths> | undefined,
): readonly Mistake[] =>
  paths === undefined
    ? []
    : [...scopes].flatMap(([name, records]) =>
        [...records].flatMap(([type, record]) => {
          const path = ['registries', id, 'scopes', name, type];
          const known = paths.get(type);
          return known === undefined
            ? [unknown(path, `registry ${id} has no record type ${type}`, type, paths.keys())]
            : strayInScope(path, type, record, known);
        }),
      );

const strayInScope = (path: readonly string[], type: string, record: ScopeRecord, known: NamedPaths): Mistake[] => {
  const searched = new Set([...known.fields, ...known.attributes]);
  // Of a list, what is no field may be an attribute that the mapping adds.
  const seen = record.fields === record.attributes ? searched : known.fields;
  const stray = new Set([...strayPaths(record.fields, seen), ...strayPaths(record.attributes, searched)]);
  return [...stray].map((each) => unknown(path, `${type} has no field ${each}`, each, seen));
};
