/** What one partner's entry must not hold. */

import { OutboundError } from '../security/outbound/outbound-error.ts';
import { readTarget } from '../security/outbound/target.ts';
import type { Mistake } from './explain.ts';
import type { RawPartner } from './schema/partners.ts';

/** A guess in a thousand million is not found at five guesses a minute; a word is. */
const LEAST_SECRET = 12;

/** @param allowOrigins `outbound.allow_origins` */
export const checkPartners = (
  partners: Readonly<Record<string, RawPartner>>,
  allowOrigins: readonly string[],
): Mistake[] => {
  const allowed = new Set(allowOrigins);
  return Object.entries(partners).flatMap(([id, partner]) =>
    [shortSecret(partner), strayKeySet(partner, allowed)].flatMap((mistake) =>
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
const strayKeySet = ({ jwks_url: url }: RawPartner, allowed: ReadonlySet<string>): Mistake | undefined => {
  if (url === undefined) return undefined;
  try {
    readTarget(url, allowed);
    return undefined;
  } catch (cause) {
    if (!(cause instanceof OutboundError)) throw cause;
    return {
      path: ['jwks_url'],
      problem: `would not be fetched: ${cause.message}`,
      fix: 'use https on port 443, or add its origin to outbound.allow_origins',
    };
  }
};
