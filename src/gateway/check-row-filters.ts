/** Row filters name attributes of a mapping: whether they fit is seen once the mapping is bound. */

import type { Mapping } from '../mapping/mapping.ts';
import { checkRows } from '../registry/view.ts';
import type { Partner } from '../security/partner.ts';

/** What is wrong with the row filters of these partners on this registry, a sentence each. */
export const rowFilterProblems = (partners: readonly Partner[], registryId: string, mapping: Mapping): string[] =>
  partners.flatMap(({ id, registries }) => {
    const rights = registries.get(registryId);
    const problems = rights === undefined ? [] : checkRows(rights, mapping.records);
    return problems.map((problem) => `partners.${id}.registries.${registryId}.${problem}`);
  });
