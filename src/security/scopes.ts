/** Scopes of access tokens: `registry.<action>`, also written `registry/<action>`. */

import type { Partner } from './partner.ts';
import { ACTIONS } from './rights.ts';

/** What a token allows: every action of its partner's, or those listed as `registry.<action>`. */
export type TokenScopes = 'all' | readonly string[];

const SCOPE = /^registry[./]([a-z][a-z_-]{0,40})$/;

/** The spelling we keep and send: `registry.search`; undefined for a scope that is not of this service. */
export const normaliseScope = (scope: string): string | undefined => {
  const action = SCOPE.exec(scope)?.[1];
  return action === undefined ? undefined : `registry.${action.replaceAll('_', '-')}`;
};

/**
 * What a request for `requested` (space separated, RFC 6749 3.3) gets. Without one: all that the partner may have.
 * Scopes of other services (`openid`) are passed over where one of ours is left.
 *
 * @returns undefined for `invalid_scope`: nothing of ours is left, or one that this partner may not have
 */
export const grantScopes = (
  partner: Pick<Partner, 'scopes'>,
  requested: string | undefined,
): TokenScopes | undefined => {
  const own = scopesOf(partner);
  const names = (requested ?? '').split(' ').filter((name) => name !== '');
  if (names.length === 0) return own;
  const ours = [...new Set(names.map(normaliseScope).filter((name) => name !== undefined))];
  return ours.length > 0 && ours.every((name) => own === 'all' || own.includes(name)) ? ours : undefined;
};

/** The partner's scopes in our spelling. */
export const scopesOf = ({ scopes }: Pick<Partner, 'scopes'>): TokenScopes =>
  scopes === 'all' ? 'all' : scopes.map(normaliseScope).filter((name) => name !== undefined);

/** As an answer tells it: which scopes `all` are is told too (RFC 6749 5.1: whatever is not as the request named it). */
export const scopeText = (scopes: TokenScopes): string =>
  (scopes === 'all' ? ACTIONS.map((action) => `registry.${action}`) : scopes).join(' ');

/** What both allow: a token keeps no scope that its partner has lost. */
export const commonScopes = (left: TokenScopes, right: TokenScopes): TokenScopes => {
  if (left === 'all') return right;
  return right === 'all' ? left : left.filter((name) => right.includes(name));
};

/** @param action `search`, `subscribe`, `status`, … as in `RegistryRights.actions` */
export const allowsAction = (scopes: TokenScopes, action: string): boolean =>
  scopes === 'all' || scopes.includes(`registry.${action}`);
