/** The partners of the file and of the store, as the gateway knows them, for commands that judge by their rights. */

import type { Config, ConsentConfig } from '../config/config.ts';
import { type FieldScopes, partnerWithScopes } from '../security/field-scopes.ts';
import type { Partner } from '../security/partner.ts';
import type { CommandContext } from './command-context.ts';

export const knownPartners = async ({
  config,
  store,
}: Pick<CommandContext, 'config' | 'store'>): Promise<ReadonlyMap<string, Partner>> => {
  const stored = (await store.partners.list()).map((partner) => partnerWithScopes(partner, scopesIn(config)));
  return new Map([...config.partners.map((each) => each.partner), ...stored].map((each) => [each.id, each]));
};

/** A registry's scopes of fields. */
const scopesIn = ({ registries }: Config): ((registry: string) => FieldScopes) => {
  const scopes = new Map(registries.map(({ id, scopes: own }) => [id, own]));
  return (registry) => scopes.get(registry) ?? new Map();
};

/** Who decides about consent on a registry. */
export const consentIn = ({
  registries,
}: Pick<Config, 'registries'>): ((registry: string) => ConsentConfig | undefined) => {
  const consents = new Map(registries.map(({ id, consent }) => [id, consent]));
  return (registry) => consents.get(registry);
};
