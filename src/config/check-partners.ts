/** What one partner's entry must not hold. */

import { type AllowedOrigins, refusalOf } from '../security/outbound/target.ts';
import { checkCallback } from './check-callbacks.ts';
import type { Mistake } from './explain.ts';
import type { RawPartner } from './schema/partners.ts';

/** A guess in a thousand million is not found at five guesses a minute; a word is. */
const LEAST_SECRET = 12;

export const checkPartners = (partners: Readonly<Record<string, RawPartner>>, origins: AllowedOrigins): Mistake[] => {
  return Object.entries(partners).flatMap(([id, partner]) =>
    [shortSecret(partner), strayKeySet(partner, origins), ...checkCallback(partner, origins)].flatMap((mistake) =>
      mistake === undefined ? [] : [{ ...mistake, path: ['partners', id, ...mistake.path] }],
    ),
  );
};

/** Demo partners are bound to invented data, and their secrets stand in published guides. */
const shortSecret = ({ client_secret: secret, demo }: RawPartner): Mistake | undefined =>
  secret === undefined || demo || [...secret].length >= LEAST_SECRET
    ? undefined
    : {
        path: ['client_secret'],
        problem: `is shorter than ${LEAST_SECRET} characters`,
        fix: 'write a long random one: openssl rand -base64 32',
      };

/** What will never be fetched is told before the first request that waits for it. */
const strayKeySet = ({ jwks_url: url }: RawPartner, origins: AllowedOrigins): Mistake | undefined => {
  const reason = url === undefined ? undefined : refusalOf(url, origins);
  if (reason === undefined) return undefined;
  return {
    path: ['jwks_url'],
    problem: `would not be fetched: ${reason}`,
    fix: 'use https on port 443 and a public address, or add its origin to outbound.allow_origins (a private address: to private_origins)',
  };
};
