/** Our own access token at another server: kept while it is valid, fetched once for all who wait for it, renewed when it is refused. */

import type { Clock } from '../../clock.ts';
import { limitedForMs } from '../../plugin.ts';
import type { ClientCredentials } from '../partner.ts';
import type { OutboundAnswer, OutboundRequest } from './http-client.ts';
import { OutboundError } from './outbound-error.ts';

/** Asks a token endpoint. Rejects with OutboundError. */
export type FetchToken = (url: string, request: OutboundRequest) => Promise<OutboundAnswer>;

export interface AccessToken {
  /**
   * Rejects with OutboundError: `timeout` when the signal came first, `token` when the endpoint gave none, else why it was not reached.
   *
   * @param refused a token that was not taken: another one is fetched, or it is the same where that was done just before
   */
  get(signal: AbortSignal, refused?: string): Promise<string>;
}

/** A token is not used in its last seconds: it would end on the way. */
const LAST_SECONDS = 30;
const UNSAID_LIFETIME_SECONDS = 300;
const LONGEST_LIFETIME_SECONDS = 86_400;
const LONGEST_TOKEN = 16_384;
/** After a refusal: wrong credentials must not lock us out by our own hurry. */
const PAUSE_MS = 2_000;

/** @param renewEveryMs a token that is refused is renewed so often at most */
export const createAccessToken = (
  credentials: ClientCredentials,
  fetch: FetchToken,
  clock: Clock,
  renewEveryMs = 0,
): AccessToken => {
  let kept: { readonly text: string; readonly until: number; readonly forMs: number } | undefined;
  let running: Promise<string> | undefined;
  let refusable = 0;
  let failed: { readonly until: number; readonly error: unknown } | undefined;

  /** A clock that was put back makes nothing last longer than it was to last. */
  const lasts = (until: number, forMs: number): boolean => {
    const left = until - clock();
    return left > 0 && left <= forMs;
  };

  const renew = async (): Promise<string> => {
    try {
      // Others may wait for it: it does not end with the one call that began it, but with the client's own timeout.
      const { text, lifetime } = readToken(await fetch(credentials.url, tokenRequest(credentials)), clock());
      const forMs = Math.max(1, lifetime - LAST_SECONDS) * 1000;
      kept = { text, until: clock() + forMs, forMs };
      failed = undefined;
      return text;
    } catch (error) {
      failed = { until: clock() + PAUSE_MS, error };
      throw error;
    }
  };

  return {
    get: async (signal, refused) => {
      if (refused !== undefined && kept?.text === refused && !lasts(refusable, renewEveryMs)) {
        kept = undefined;
        refusable = clock() + renewEveryMs;
      }
      if (kept !== undefined && lasts(kept.until, kept.forMs)) return kept.text;
      if (failed !== undefined && lasts(failed.until, PAUSE_MS)) throw failed.error;
      running ??= renew().finally(() => {
        running = undefined;
      });
      return orAborted(running, signal);
    },
  };
};

const tokenRequest = ({ clientId, clientSecret, scope, style }: ClientCredentials): OutboundRequest => {
  const grant = { grant_type: 'client_credentials', ...(scope !== undefined && { scope }) };
  const credentials = { client_id: clientId, client_secret: clientSecret };
  const accept = { accept: 'application/json' };
  if (style === 'json')
    return {
      method: 'POST',
      headers: { ...accept, 'content-type': 'application/json' },
      body: JSON.stringify({ ...grant, ...credentials }),
    };
  const form = { ...accept, 'content-type': 'application/x-www-form-urlencoded' };
  if (style === 'form')
    return { method: 'POST', headers: form, body: new URLSearchParams({ ...grant, ...credentials }).toString() };
  // RFC 6749 2.3.1: both are form-encoded before they are joined.
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  return { method: 'POST', headers: { ...form, authorization }, body: new URLSearchParams(grant).toString() };
};

const readToken = (answer: OutboundAnswer, now: number): { readonly text: string; readonly lifetime: number } => {
  const { status, body } = answer;
  if (status !== 200) throw noToken(`answered with status ${status}`, limitedForMs(answer, now));
  const { access_token: text, token_type: type = 'Bearer', expires_in: lifetime } = asObject(body);
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text) || text.length > LONGEST_TOKEN)
    throw noToken('answered without an access_token');
  if (String(type).toLowerCase() !== 'bearer') throw noToken('answered with a token of another type than Bearer');
  const seconds = Number(lifetime ?? UNSAID_LIFETIME_SECONDS);
  return { text, lifetime: seconds > 0 ? Math.min(seconds, LONGEST_LIFETIME_SECONDS) : UNSAID_LIFETIME_SECONDS };
};

const asObject = (body: Buffer): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>; // its members are looked at
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw noToken('answered no JSON');
};

/** Nothing of the answer's text: it may repeat the secret. */
const noToken = (problem: string, retryAfterMs?: number): OutboundError =>
  new OutboundError('token', `the token endpoint ${problem}`, { retryAfterMs });

const orAborted = <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const stop = (): void => reject(new OutboundError('timeout', 'no access token within the deadline'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
