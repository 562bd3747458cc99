/** What an access token of ours proves, once its signature was checked. */

import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { Clock } from '../clock.ts';
import type { TokenConfig } from '../config/config.ts';
import { GatewayError } from '../errors.ts';
import type { TokenKey } from './keys/own-keys.ts';
import type { TokenScopes } from './scopes.ts';

/** RFC 9068 2.1: no other JWT of ours can stand for an access token. */
export const TOKEN_TYPE = 'at+jwt';

export interface TokenClaims {
  readonly partnerId: string;
  readonly clientId: string;
  /** Mark of the secret it was traded for. */
  readonly credential: string;
  readonly granted: TokenScopes;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  readonly keyId: string;
}

/** @throws GatewayError `request.unauthorized` for anything but a token of ours that is still valid */
export const readToken = async (
  bearer: string,
  {
    keys,
    config,
    clock,
  }: {
    readonly keys: readonly TokenKey[];
    readonly config: Pick<TokenConfig, 'issuer' | 'audience'>;
    readonly clock: Clock;
  },
): Promise<TokenClaims> => {
  try {
    const key = keys.find(({ keyId }) => keyId === decodeProtectedHeader(bearer).kid);
    if (key === undefined) throw refused('the token names no key of ours');
    const { payload } = await jwtVerify(bearer, key.keyObject, {
      algorithms: ['EdDSA'],
      typ: TOKEN_TYPE,
      issuer: config.issuer,
      audience: config.audience,
      currentDate: new Date(clock()),
      requiredClaims: ['sub', 'exp', 'iat', 'jti', 'client_id'],
    });
    const { sub, exp, client_id, cred, scope } = payload;
    if (
      typeof sub !== 'string' ||
      typeof exp !== 'number' ||
      typeof client_id !== 'string' ||
      typeof cred !== 'string'
    ) {
      throw refused('the token lacks a claim');
    }
    return {
      partnerId: sub,
      clientId: client_id,
      credential: cred,
      granted: typeof scope === 'string' ? scope.split(' ') : 'all',
      expiresAt: exp,
      keyId: key.keyId,
    };
  } catch (cause) {
    if (cause instanceof errors.JOSEError || cause instanceof TypeError)
      throw refused('the token does not verify', cause);
    throw cause;
  }
};

const refused = (detail: string, cause?: unknown): GatewayError =>
  new GatewayError('request.unauthorized', { detail, cause });
