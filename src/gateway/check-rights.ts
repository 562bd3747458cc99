/** Rights name attributes, and row filters are queries: whether they fit is seen once the mapping is bound. */

import type { ConfiguredPartner, ConsentConfig, RegistryConfig } from '../config/config.ts';
import type { Problem } from '../config/source.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { unknownPaths } from '../registry/unknown-paths.ts';
import { checkRows, rightsMistakes, rowMistakes } from '../registry/view.ts';
import type { Partner } from '../security/partner.ts';
import type { RegistryRights } from '../security/rights.ts';

/** What is wrong with the rights of these partners of the file on this registry, where it stands. */
export const rightsProblems = (
  configured: readonly ConfiguredPartner[],
  registryId: string,
  mapping: Mapping,
): readonly Problem[] =>
  configured.flatMap(({ partner: { id, registries }, at }) => {
    const rights = registries.get(registryId);
    const mistakes = rights === undefined ? [] : rightsMistakes(rights, mapping.records);
    return mistakes.map(({ path, problem, ...fix }): Problem => {
      const below = ['registries', registryId, ...path];
      return {
        at: at(below),
        path: ['partners', id, ...below].join('.'),
        problem: `is wrong: ${problem.replace(/\.$/, '')}`,
        ...fix,
      };
    });
  });

/** What is wrong with the registry's consent, where it stands. */
export const consentProblems = (registry: RegistryConfig, mapping: Mapping): readonly Problem[] => {
  const { id, consent, mapping: source } = registry;
  if (consent === undefined) return [];
  const rules = [
    ...[...consent.rules].map(([type, rule]) => ({ path: ['consent', 'rule', type], type, rule })),
    ...[...consent.purposeRules].flatMap(([purpose, own]) =>
      [...own].map(([type, rule]) => ({ path: ['consent', 'purposes', purpose, type], type, rule })),
    ),
  ];
  const asked = (consent.service?.records ?? []).map((type, at) => ({
    path: ['consent', 'service', 'records', at],
    type,
  }));
  const keyless = [...rules, ...asked].flatMap(({ path, type }) => {
    const entity = mapping.keyless?.get(type);
    return entity === undefined ? [] : [keylessProblem(registry, path, type, entity)];
  });
  const wrong = rules.flatMap(({ path, type, rule }) => {
    const model = mapping.records.get(type);
    const mistakes = model === undefined ? [] : rowMistakes(path, rule, model);
    return mistakes.map(
      ({ problem, ...rest }): Problem => ({
        ...rest,
        at: source.at(path),
        path: ['registries', id, ...path].join('.'),
        problem: `is wrong: ${problem.replace(/\.$/, '')}`,
      }),
    );
  });
  return [...keyless, ...wrong, ...forgottenPersons(registry, consent, mapping)];
};

/** Record types that stand for a person about whose consent nobody would be asked: all of them would be shown. */
const forgottenPersons = (
  { id, mapping: source }: RegistryConfig,
  { rules, purposeRules, service }: ConsentConfig,
  mapping: Mapping,
): readonly Problem[] => {
  const decided: readonly (readonly [path: readonly string[], types: Iterable<string>])[] = [
    ...(service === undefined ? [] : [[['consent', 'service', 'records'], service.records] as const]),
    ...(rules.size === 0 ? [] : [[['consent', 'rule'], rules.keys()] as const]),
    ...[...purposeRules].map(([purpose, own]) => [['consent', 'purposes', purpose], own.keys()] as const),
  ];
  return decided.flatMap(([path, types]) => {
    const named = new Set(types);
    const forgotten = [...(mapping.persons ?? [])].flatMap(([type, held]) =>
      [...held].some((each) => named.has(each)) ? [] : [type],
    );
    if (forgotten.length === 0) return [];
    const problem = `leaves out ${forgotten.join(', ')}: records of persons, which would be shown whoever consented`;
    return [
      { at: source.at(path), path: ['registries', id, ...path].join('.'), problem, fix: `add ${forgotten.join(', ')}` },
    ];
  });
};

/** A service's yes could be held to no row, and no message could be asked about again before it is sent. */
const keylessProblem = (
  { id, mapping: source }: RegistryConfig,
  path: readonly (string | number)[],
  type: string,
  entity: string,
): Problem => ({
  at: source.at(path),
  path: ['registries', id, ...path].join('.'),
  problem: `cannot be decided: records of ${type} have no key that tells one person from another`,
  fix: `give backend.entities.${entity} a key`,
});

/** The same of partners that have no place in a file, a sentence each. */
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
