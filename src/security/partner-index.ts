/** Partners by what they are looked up with; no two share an id, client id or sender id. */

import { GatewayError } from '../errors.ts';
import type { Partner } from './partner.ts';

export interface PartnerIndex {
  readonly all: readonly Partner[];
  readonly byId: ReadonlyMap<string, Partner>;
  readonly byClientId: ReadonlyMap<string, Partner>;
}

/** @throws GatewayError `service.fault` naming what two partners share */
export const indexPartners = (partners: readonly Partner[]): PartnerIndex => {
  const { index, refused } = addDistinct([], partners);
  const [first] = refused;
  if (first !== undefined) throw new GatewayError('service.fault', { message: first });
  return index;
};

/** The first partners, and of the further ones those that share nothing with those before; the others are told in a sentence each. */
export const addDistinct = (
  first: readonly Partner[],
  further: readonly Partner[],
): { readonly index: PartnerIndex; readonly refused: readonly string[] } => {
  const all: Partner[] = [];
  const owners = new Map<string, string>();
  const refused: string[] = [];
  for (const partner of [...first, ...further]) {
    const problem = sharedWith(owners, partner);
    if (problem !== undefined) {
      refused.push(problem);
      continue;
    }
    all.push(partner);
    for (const [, key] of identities(partner)) owners.set(key, partner.id);
  }
  return {
    index: {
      all,
      byId: new Map(all.map((partner) => [partner.id, partner])),
      byClientId: new Map(all.map((partner) => [partner.clientId, partner])),
    },
    refused,
  };
};

/** What must be one partner's own: what it is called, and the text under which it is compared. */
const identities = ({ id, clientId, senderIds }: Partner): readonly (readonly [string, string])[] => [
  [`id ${id}`, `id ${id}`],
  [`client id ${clientId}`, `client ${clientId}`],
  ...senderIds.map((sender) => [`sender id ${sender}`, `sender ${sender}`] as const),
];

/** A sentence about the first thing the partner shares with one before it. */
const sharedWith = (owners: ReadonlyMap<string, string>, partner: Partner): string | undefined => {
  for (const [name, key] of identities(partner)) {
    const owner = owners.get(key);
    if (owner !== undefined)
      return `partner ${partner.id} (${partner.source}) has the ${name} of partner ${owner}: each must be one partner's own`;
  }
  return undefined;
};
