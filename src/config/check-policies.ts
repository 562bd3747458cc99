/** Purposes of partners and consent of registries, where they are read together. */

import { type AllowedOrigins, refusalOf } from '../security/outbound/target.ts';
import { strayPlaceholder } from '../security/placeholders.ts';
import { unknown } from './check-references.ts';
import type { ConsentService, RegistryConfig } from './config.ts';
import type { Mistake } from './explain.ts';
import type { RawPartner, RawRights } from './schema/partners.ts';

const LONGEST_CACHE_MS = 3_600_000;

/** What shows nobody a record: an upstream that calls back, a system that hands data in. */
const WITHOUT_PURPOSE: ReadonlySet<string> = new Set(['receive', 'submit']);
const needsPurpose = (action: string): boolean => !WITHOUT_PURPOSE.has(action);

type RecordTypes = ReadonlyMap<string, ReadonlySet<string>>;

export const checkPolicies = (
  partners: Readonly<Record<string, RawPartner>>,
  registries: readonly RegistryConfig[],
  recordTypes: RecordTypes,
  origins: AllowedOrigins,
): Mistake[] => [
  ...registries.flatMap((registry) => consentMistakes(registry, recordTypes.get(registry.id), origins)),
  ...Object.entries(partners).flatMap(([id, partner]) =>
    Object.entries(partner.registries).flatMap(([name, rights]) => {
      const registry = registries.find((each) => each.id === name);
      const path = ['partners', id, 'registries', name];
      return registry === undefined ? [] : purposeMistakes(path, rights, registry, recordTypes.get(name));
    }),
  ),
];

const consentMistakes = (
  { id, consent }: RegistryConfig,
  types: ReadonlySet<string> | undefined,
  origins: AllowedOrigins,
): Mistake[] => {
  if (consent === undefined) return [];
  const path = ['registries', id, 'consent'];
  const rules = [
    ...[...consent.rules].map(([type, rule]) => ({ path: [...path, 'rule', type], type, rule })),
    ...[...consent.purposeRules].flatMap(([purpose, own]) =>
      [...own].map(([type, rule]) => ({ path: [...path, 'purposes', purpose, type], type, rule })),
    ),
  ];
  const { service } = consent;
  if (service !== undefined && rules.length > 0)
    return [{ path: [...path, 'service'], problem: 'stands beside a rule', fix: 'keep one of them' }];
  if (service !== undefined) return serviceMistakes([...path, 'service'], service, id, types, origins);
  if (rules.length === 0)
    return [
      { path, problem: 'does not say how consent is decided', fix: 'add rule: a query by record type, or service' },
    ];
  return rules.flatMap((each) => {
    if (types !== undefined && !types.has(each.type))
      return [unknown(each.path, `registry ${id} has no record type ${each.type}`, each.type, types)];
    const stray = strayPlaceholder(each.rule);
    const fix = 'write {purpose}, {partner} or {today}';
    return stray === undefined ? [] : [{ path: each.path, problem: `holds ${stray}, which stands for nothing`, fix }];
  });
};

const serviceMistakes = (
  path: readonly string[],
  { url, records, cacheMs }: ConsentService,
  registry: string,
  types: ReadonlySet<string> | undefined,
  origins: AllowedOrigins,
): Mistake[] => {
  const reason = refusalOf(url, origins);
  const stray: Mistake[] = records.flatMap((type, index) =>
    types === undefined || types.has(type)
      ? []
      : [unknown([...path, 'records', index], `registry ${registry} has no record type ${type}`, type, types)],
  );
  if (cacheMs > LONGEST_CACHE_MS)
    stray.push({ path: [...path, 'cache'], problem: 'is longer than an hour', fix: 'a withdrawn consent is obeyed after this time at the latest: write 10s' }); // biome-ignore format: one look
  if (reason === undefined) return stray;
  const fix = 'add its origin to outbound.allow_origins (a private address: to private_origins)';
  return [{ path: [...path, 'url'], problem: `would not be called: ${reason}`, fix }, ...stray];
};

const purposeMistakes = (
  path: readonly string[],
  rights: RawRights,
  registry: RegistryConfig,
  types: ReadonlySet<string> | undefined,
): Mistake[] => {
  const purposes = Object.entries(rights.purposes ?? {});
  const mistakes: Mistake[] = [];
  const { consent } = registry;
  const initial = rights.default_purpose;
  if (initial !== undefined && !purposes.some(([name]) => name === initial))
    mistakes.push(unknown([...path, 'default_purpose'], `${initial} is none of the purposes`, initial, purposes.map(([name]) => name))); // biome-ignore format: one look
  if (purposes.length === 0 && consent !== undefined && (rights.actions === 'all' || rights.actions.some(needsPurpose)))
    mistakes.push({
      path,
      problem: `names no purposes, and registry ${registry.id} asks for consent: it may do nothing`,
      fix: 'add purposes, each with its legal basis',
    });
  for (const [name, purpose] of purposes) {
    const here = [...path, 'purposes', name];
    for (const [index, scope] of (purpose.scopes ?? []).entries()) {
      if (!registry.scopes.has(scope))
        mistakes.push(unknown([...here, 'scopes', index], `registry ${registry.id} has no scope ${scope}`, scope, registry.scopes.keys())); // biome-ignore format: one look
    }
    for (const type of Object.keys(purpose.records ?? {})) {
      if (types !== undefined && !types.has(type))
        mistakes.push(unknown([...here, 'records', type], `registry ${registry.id} has no record type ${type}`, type, types)); // biome-ignore format: one look
    }
    const needed = consent === undefined ? purpose.basis === 'consent' : !consent.notNeededFor.includes(purpose.basis);
    const decided =
      consent !== undefined &&
      (consent.service !== undefined || consent.purposeRules.has(name) || consent.rules.size > 0);
    if (needed && !decided)
      mistakes.push({
        path: [...here, 'basis'],
        problem: `needs consent, and nothing says how it is decided for ${name}`,
        fix: `add registries.${registry.id}.consent`,
      });
  }
  return mistakes;
};
