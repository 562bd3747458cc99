/** Access tokens: a JWT signed with a key of its own that stands in no JWKS (PROTOCOL 9, RFC 9068). */

import { hash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Clock } from '../clock.ts';
import type { TokenConfig } from '../config/config.ts';
import { GatewayError } from '../errors.ts';
import { createBoundedCache } from './bounded-cache.ts';
import type { OwnKeys } from './keys/own-keys.ts';
import type { Partner } from './partner.ts';
import type { PartnerDirectory } from './partner-directory.ts';
import { commonScopes, grantScopes, scopesOf, scopeText, type TokenScopes } from './scopes.ts';
import { readToken, TOKEN_TYPE, type TokenClaims } from './token-claims.ts';

export { allowsAction, type TokenScopes } from './scopes.ts';

/** RFC 6749 5.1 */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  /** What was granted; of a token that is not limited all that there are. */
  readonly scope: string;
}

/** RFC 6749 5.2, `invalid_scope`. */
export class InvalidScope extends Error {
  override readonly name = 'InvalidScope';
}

export interface VerifiedToken {
  readonly partner: Partner;
  readonly scopes: TokenScopes;
}

export interface TokenService {
  /** @throws InvalidScope when the partner may not have the scope, GatewayError `service.unavailable` without a key */
  issue(partner: Partner, requestedScope: string | undefined): Promise<TokenAnswer>;
  /** @throws GatewayError `request.unauthorized`, the same for every reason */
  verify(bearer: string): Promise<VerifiedToken>;
}

export interface TokenServiceOptions {
  readonly ownKeys: Pick<OwnKeys, 'tokenKey' | 'tokenPublicKeys'>;
  readonly directory: Pick<PartnerDirectory, 'byId'>;
  readonly config: Pick<TokenConfig, 'lifetimeSeconds' | 'issuer' | 'audience'>;
  readonly clock: Clock;
}

/** Tokens whose signature was proved; an entry takes about half a kilobyte. */
const CACHE_ENTRIES = 10_000;
/** Ours have some 500 characters. */
const MAX_TOKEN_CHARACTERS = 4_096;

/** A proved token, bound to the partner as the directory last knew it. */
interface Known {
  readonly claims: TokenClaims;
  readonly verified: VerifiedToken;
}

export const createTokenService = ({ ownKeys, directory, config, clock }: TokenServiceOptions): TokenService => {
  const cache = createBoundedCache<Known>(CACHE_ENTRIES);

  const issue = async (partner: Partner, requestedScope: string | undefined): Promise<TokenAnswer> => {
    const scopes = grantScopes(partner, requestedScope);
    if (scopes === undefined) throw new InvalidScope('the partner may not have this scope');
    const scope = scopes === 'all' ? {} : { scope: scopes.join(' ') };
    const { keyId, keyObject } = ownKeys.tokenKey();
    const now = Math.floor(clock() / 1000);
    const access_token = await new SignJWT({ client_id: partner.clientId, cred: credentialMark(partner), ...scope })
      .setProtectedHeader({ alg: 'EdDSA', typ: TOKEN_TYPE, kid: keyId })
      .setIssuer(config.issuer)
      .setSubject(partner.id)
      .setAudience(config.audience)
      .setIssuedAt(now)
      .setExpirationTime(now + config.lifetimeSeconds)
      .setJti(randomUUID())
      .sign(keyObject);
    return { access_token, token_type: 'Bearer', expires_in: config.lifetimeSeconds, scope: scopeText(scopes) };
  };

  /** What the signature does not prove. Done again whenever the directory has read its partners anew. */
  const bind = (claims: TokenClaims, partner: Partner | undefined): Known => {
    if (partner === undefined || partner.clientId !== claims.clientId) throw unauthorized('the partner is gone');
    if (credentialMark(partner) !== claims.credential)
      throw unauthorized('the secret was changed or the partner disabled since');
    return { claims, verified: { partner, scopes: commonScopes(claims.granted, scopesOf(partner)) } };
  };

  const verify = async (bearer: string): Promise<VerifiedToken> => {
    if (bearer.length > MAX_TOKEN_CHARACTERS) throw unauthorized('the token is too long');
    const digest = hash('sha256', bearer, 'base64');
    const keys = ownKeys.tokenPublicKeys();
    let known = cache.get(digest);
    const claims = known?.claims ?? (await readToken(bearer, { keys, config, clock }));
    const partner = directory.byId(claims.partnerId);
    if (known === undefined || known.verified.partner !== partner) {
      known = bind(claims, partner);
      cache.set(digest, known);
    }
    if (claims.expiresAt * 1000 <= clock()) throw unauthorized('the token has expired');
    if (!known.verified.partner.active) throw unauthorized('the partner is disabled');
    if (!keys.some(({ keyId }) => keyId === claims.keyId)) throw unauthorized('the key was retired');
    return known.verified;
  };

  return { issue, verify };
};

/** Changes with the partner's secret and with its being disabled, so that both end the tokens from before. Tells nothing about the secret. */
const credentialMark = ({ secret, revocations = 0 }: Partner): string => {
  if (secret === undefined) return '';
  const since = revocations === 0 ? '' : ` ${revocations}`;
  return hash('sha256', `token ${secret.kind} ${secret.hash}${since}`, 'base64url').slice(0, 16);
};

const unauthorized = (detail: string): GatewayError => new GatewayError('request.unauthorized', { detail });
