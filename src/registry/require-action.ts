/** Whether a partner may use a registry and an operation at all, with this token (PROTOCOL 3 and 9). */

import { GatewayError } from '../errors.ts';
import type { Partner } from '../security/partner.ts';
import type { RegistryRights } from '../security/rights.ts';
import { allowsAction, type TokenScopes } from '../security/tokens.ts';
import { authoriseAction } from './authorise.ts';

/**
 * The partner's rights on this registry.
 *
 * @throws GatewayError `request.forbidden`, the same sentence whichever of the three is missing
 */
export const requireAction = (
  partner: Partner,
  scopes: TokenScopes,
  registryId: string,
  action: string,
): RegistryRights => {
  const rights = authoriseAction(partner.registries.get(registryId), action);
  if (!allowsAction(scopes, action)) throw new GatewayError('request.forbidden');
  return rights;
};
