/** The token endpoint without its transport: OAuth 2.0 client_credentials (RFC 6749 4.4, PROTOCOL 9). */

import { ERROR_RULES, GatewayError } from '../errors.ts';
import type { Budget, Limiter } from '../limits/limiter.ts';
import type { Log } from '../log.ts';
import type { Partner } from './partner.ts';
import type { PartnerDirectory } from './partner-directory.ts';
import type { Secrets } from './secrets.ts';
import { readTokenForm, type TokenForm, TokenProblem, type TokenRequestParts } from './token-form.ts';
import { InvalidScope, type TokenService } from './tokens.ts';
import { createTurns } from './turns.ts';

export interface TokenRequest extends TokenRequestParts {
  /** The caller's, as `limits/address.ts` reads it. */
  readonly address: string;
}

export interface TokenResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** To be sent as JSON. */
  readonly body: object;
  /** For the caller's log and metrics: whose token, or the error code. */
  readonly partner?: string;
  readonly reason?: string;
}

export interface TokenEndpoint {
  /** Answers every request; a body above 8 KB is the caller's to refuse. */
  handle(request: TokenRequest): Promise<TokenResponse>;
}

export interface TokenEndpointOptions {
  readonly tokens: Pick<TokenService, 'issue'>;
  readonly directory: Pick<PartnerDirectory, 'byClientId' | 'all'>;
  readonly secrets: Pick<Secrets, 'verify'>;
  readonly limiter: Pick<Limiter, 'peek' | 'charge'>;
  /** Which counters a failure is counted on (`limits/budgets.ts`). */
  readonly budgets: { failedTokens(address: string, clientId: string): readonly Budget[] };
  readonly config: { readonly allowQueryCredentials: boolean };
  readonly log: Log;
}

/** RFC 6749 5.1: neither a token nor a refusal may be kept by a cache. */
const HEADERS = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const;

/** RFC 6749 5.2; `invalid_client` is answered 401. */
const WRONG_CLIENT = 'The client is not known, its secret is wrong, or it is disabled.';

export const createTokenEndpoint = (options: TokenEndpointOptions): TokenEndpoint => {
  const { tokens, directory, secrets, limiter, budgets, config, log } = options;

  const turns = createTurns();

  /** Failures are looked up before any hash is made, and counted after it. */
  const authenticate = async ({ clientId, clientSecret }: TokenForm, failures: readonly Budget[]): Promise<Partner> => {
    const { allowed, retryAfter } = await limiter.peek(failures);
    if (!allowed) throw new GatewayError('request.too_many', { retryAfter, detail: 'too many failed tokens' });
    const partner = directory.byClientId(clientId);
    const right = await secrets.verify(partner, clientSecret, directory.all());
    if (right && partner?.active === true) return partner;
    await limiter.charge(failures, 1);
    throw new TokenProblem('invalid_client', WRONG_CLIENT);
  };

  const issue = async (request: TokenRequest): Promise<TokenResponse> => {
    const form = readTokenForm(request, config.allowQueryCredentials);
    const failures = budgets.failedTokens(request.address, form.clientId);
    // In turns for each address: a hundred guesses at once would all be looked up before the first is counted.
    const partner = await turns.run(failures[0]?.key ?? '', () => authenticate(form, failures));
    const answer = await tokens.issue(partner, form.scope);
    return { status: 200, headers: HEADERS, body: answer, partner: partner.id };
  };

  return {
    handle: async (request) => {
      try {
        return await issue(request);
      } catch (cause) {
        const answer = refusal(cause);
        if (answer.status >= 500) log.error('token not issued', { cause });
        return answer;
      }
    },
  };
};

const refusal = (cause: unknown): TokenResponse => {
  if (cause instanceof TokenProblem) return problem(cause.code, cause.message);
  if (cause instanceof InvalidScope) return problem('invalid_scope', 'This client may not have this scope.');
  const error = cause instanceof GatewayError ? cause : new GatewayError('service.fault', { cause });
  const rule = ERROR_RULES[error.code];
  const headers = error.retryAfter === undefined ? HEADERS : { ...HEADERS, 'Retry-After': String(error.retryAfter) };
  const code = rule.http < 500 || rule.http === 503 ? 'temporarily_unavailable' : 'server_error';
  return {
    status: rule.http,
    headers,
    body: { error: code, error_description: rule.sentence },
    reason: rule.code,
  };
};

const problem = (code: TokenProblem['code'], description: string): TokenResponse => {
  const body = { error: code, error_description: description };
  if (code !== 'invalid_client') return { status: 400, headers: HEADERS, body, reason: code };
  return { status: 401, headers: { ...HEADERS, 'WWW-Authenticate': 'Basic realm="token"' }, body, reason: code };
};
