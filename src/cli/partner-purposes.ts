/** `dci-gateway partner set-purpose` and `end-purpose`: what a partner may act for on one registry. */

import type { LegalBasis, PurposeRights, RegistryRights } from '../security/rights.ts';
import { changePartner } from './change-partner.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';
import { refuseUnknownScopes } from './partner-rights.ts';

/** What is not given stays as it is. */
export interface PurposeOptions {
  readonly basis?: LegalBasis;
  /** An empty list takes them away: the purpose then holds all that the partner may. */
  readonly scopes?: readonly string[];
  /** Of requests that name none. */
  readonly default?: boolean;
}

export const setPurpose = async (
  context: CommandContext,
  id: string,
  registry: string,
  name: string,
  options: PurposeOptions,
): Promise<void> => {
  refuseUnknownScopes(context, registry, options.scopes ?? []);
  await changePartner(context, id, (partner) => {
    const rights = rightsOn(partner.registries, id, registry);
    const before = rights.purposes?.get(name);
    const basis = options.basis ?? before?.basis;
    if (basis === undefined)
      throw new CommandProblem(`Give --basis: on what ground partner ${id} may act for ${name}.`);
    refuseUndecided(context, registry, name, basis);
    const { scopes: oldScopes, ...old }: Partial<PurposeRights> = before ?? {};
    const scopes = options.scopes ?? oldScopes ?? [];
    const purpose: PurposeRights = { ...old, basis, ...(scopes.length > 0 && { scopes }) };
    const changed: RegistryRights = {
      ...rights,
      purposes: new Map([...(rights.purposes ?? []), [name, purpose]]),
      ...(options.default === true && { defaultPurpose: name }),
    };
    return { ...partner, registries: new Map([...partner.registries, [registry, changed]]) };
  });
  context.out(`Partner ${id} may act for ${name} on ${registry}: dci-gateway partner show ${id}`);
};

/** After the last one the partner may do nothing where consent is asked for, and else what it might without purposes. */
export const endPurpose = async (
  context: CommandContext,
  id: string,
  registry: string,
  name: string,
): Promise<void> => {
  await changePartner(context, id, (partner) => {
    const { purposes, defaultPurpose, ...rights } = rightsOn(partner.registries, id, registry);
    if (purposes?.has(name) !== true)
      throw new CommandProblem(`Partner ${id} does not act for ${name} on ${registry}.`);
    const left = new Map([...purposes].filter(([each]) => each !== name));
    if (left.size === 0)
      throw new CommandProblem(`${name} is the last purpose of ${id} on ${registry}: without any, none would be asked for. Take the rights away instead: dci-gateway partner revoke ${id} ${registry}`); // biome-ignore format: one look
    const changed: RegistryRights = {
      ...rights,
      purposes: left,
      ...(defaultPurpose !== undefined && defaultPurpose !== name && { defaultPurpose }),
    };
    return { ...partner, registries: new Map([...partner.registries, [registry, changed]]) };
  });
  context.out(`Partner ${id} may no more act for ${name} on ${registry}.`);
};

const rightsOn = (registries: ReadonlyMap<string, RegistryRights>, id: string, registry: string): RegistryRights => {
  const rights = registries.get(registry);
  if (rights !== undefined) return rights;
  throw new CommandProblem(`Partner ${id} has no rights on ${registry}: dci-gateway partner grant ${id} ${registry}`);
};

/** Where nothing says how consent is decided, the partner could do nothing. */
const refuseUndecided = ({ config }: CommandContext, registry: string, name: string, basis: LegalBasis): void => {
  const consent = config.registries.find(({ id }) => id === registry)?.consent;
  const needed = consent === undefined ? basis === 'consent' : !consent.notNeededFor.includes(basis);
  if (
    !needed ||
    (consent !== undefined &&
      (consent.service !== undefined || consent.purposeRules.has(name) || consent.rules.size > 0))
  )
    return;
  throw new CommandProblem(
    `${basis} needs consent, and registries.${registry}.consent does not say how it is decided.`,
  );
};
