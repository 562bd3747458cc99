/** Rights name attributes, and row filters are queries: whether they fit is seen once the mapping is bound. */

import type { Mapping } from '../mapping/mapping.ts';
import { unknownPaths } from '../registry/unknown-paths.ts';
import { checkRows } from '../registry/view.ts';
import type { Partner } from '../security/partner.ts';
import type { RegistryRights } from '../security/rights.ts';

/** What is wrong with the row filters of these partners on this registry, a sentence each. */
export const rowFilterProblems = (partners: readonly Partner[], registryId: string, mapping: Mapping): string[] =>
  ofEach(partners, registryId, (rights) => checkRows(rights, mapping.records));

/** What their rights name and the mapping has not: it allows nothing, so nobody need be refused for it. */
export const uselessRights = (partners: readonly Partner[], registryId: string, mapping: Mapping): string[] =>
  ofEach(partners, registryId, (rights) => unknownPaths(rights, mapping.records));

const ofEach = (
  partners: readonly Partner[],
  registryId: string,
  problemsOf: (rights: RegistryRights) => readonly string[],
): string[] =>
  partners.flatMap(({ id, registries }) => {
    const rights = registries.get(registryId);
    const problems = rights === undefined ? [] : problemsOf(rights);
    return problems.map((problem) => `partners.${id}.registries.${registryId}.${problem}`);
  });
