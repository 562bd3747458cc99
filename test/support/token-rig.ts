/** A token endpoint with partners and real parts, for its tests. */

import { createBudgets } from '../../src/limits/budgets.ts';
import type { Limiter } from '../../src/limits/limiter.ts';
import { createMemoryLimiter } from '../../src/limits/memory.ts';
import { openOwnKeys } from '../../src/security/keys/own-keys.ts';
import type { Partner } from '../../src/security/partner.ts';
import { createSecrets, hashMadeSecret, type Secrets } from '../../src/security/secrets.ts';
import {
  createTokenEndpoint,
  type TokenEndpoint,
  type TokenRequest,
  type TokenResponse,
} from '../../src/security/token-request.ts';
import { createTokenService } from '../../src/security/tokens.ts';
import { createMemoryKeyStore, createTestSealer, makeLentKey } from './memory-keys.ts';
import { partnerOf } from './partners.ts';
import { type LogLine, recordedLog } from './recorded-log.ts';

const hmacKey = Buffer.alloc(32, 1);
const LENT_KEY = await makeLentKey();
const budgets = createBudgets({
  perMinute: 1,
  perDay: 1,
  recordsPerDay: 1,
  identifiersPerDay: 1,
  addressPerMinute: 1,
  failedTokensPerMinute: 5,
  concurrentSearches: 1,
});
export const partner = (id: string, secret: string, changes: Partial<Partner> = {}): Partner =>
  partnerOf(id, { clientId: id, secret: hashMadeSecret(secret, hmacKey), ...changes });
const PARTNERS = [
  partner('health', 's3cret'),
  partner('limited', 's3cret', { scopes: ['registry.search'] }),
  partner('disabled', 's3cret', { active: false }),
  partner('odd', 'a+b/c=d:e %41é'),
  partnerOf('keyless', { clientId: 'keyless' }),
];
export const FORM = 'application/x-www-form-urlencoded';
export const form = (fields: Record<string, string>): Buffer => Buffer.from(new URLSearchParams(fields).toString());
export const grant = { grant_type: 'client_credentials' };
export const health = { ...grant, client_id: 'health', client_secret: 's3cret' };
export const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

export interface TokenRig {
  readonly endpoint: TokenEndpoint;
  readonly ask: (request: Partial<TokenRequest>) => Promise<TokenResponse>;
  /** How many secrets were looked at. */
  readonly verified: () => number;
  readonly lines: readonly LogLine[];
}

export const tokenRig = async (
  options: { allowQueryCredentials?: boolean; limiter?: Limiter; directory?: object } = {},
): Promise<TokenRig> => {
  const { log, lines } = recordedLog();
  let verified = 0;
  const ownKeys = await openOwnKeys({
    store: createMemoryKeyStore([LENT_KEY]),
    sealer: createTestSealer(),
    clock: Date.now,
    senderId: 'gw',
    jwksMaxAgeSeconds: 60,
  });
  const directory = {
    all: () => PARTNERS,
    byId: (id: string) => PARTNERS.find((each) => each.id === id),
    byClientId: (id: string) => PARTNERS.find((each) => each.clientId === id),
    ...options.directory,
  };
  const real = createSecrets({ hmacKey });
  const secrets: Pick<Secrets, 'verify'> = {
    verify: (...args) => {
      verified++;
      return real.verify(...args);
    },
  };
  const tokens = createTokenService({
    ownKeys,
    directory,
    config: { lifetimeSeconds: 600, issuer: 'gw', audience: 'gw' },
    clock: Date.now,
  });
  const { allowQueryCredentials = false, limiter = createMemoryLimiter() } = options;
  const endpoint = createTokenEndpoint({
    tokens,
    directory,
    secrets,
    limiter,
    budgets,
    config: { allowQueryCredentials },
    log,
  });
  return {
    endpoint,
    ask: (request) =>
      endpoint.handle({
        contentType: FORM,
        authorization: undefined,
        body: Buffer.alloc(0),
        query: '',
        address: '192.0.2.1',
        ...request,
      }),
    verified: () => verified,
    lines,
  };
};
