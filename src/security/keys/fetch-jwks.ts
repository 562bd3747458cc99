import { parseJsonObject } from '../../dci/json-parse.ts';
import { toPlain } from '../../dci/json-plain.ts';
import { decodeBody } from '../../dci/utf8.ts';
import type { Outbound } from '../outbound/http-client.ts';
import { KeyProblem } from './public-key.ts';
import { type KeySet, readJwks } from './read-jwks.ts';

const MAX_JWKS_BYTES = 64 * 1024;
const MAX_JWKS_DEPTH = 8;
export const MIN_AGE_MS = 5 * 60_000;
export const MAX_AGE_MS = 24 * 3_600_000;

export interface FetchedKeys extends KeySet {
  /** How long the set may be used, from its `Cache-Control`, within 5 minutes and 24 hours. */
  readonly maxAgeMs: number;
}

/**
 * Fetches a key set from the address registered for a partner (PROTOCOL 5).
 *
 * @throws OutboundError, GatewayError (no JSON) or KeyProblem when there is no key set
 */
export const fetchJwks = async (outbound: Outbound, url: string): Promise<FetchedKeys> => {
  const answer = await outbound.fetch(url, { headers: { accept: 'application/json' }, maxBytes: MAX_JWKS_BYTES });
  if (answer.status !== 200) throw new KeyProblem(`The key set was answered with status ${answer.status}.`);
  const set = await readJwks(toPlain(parseJsonObject(decodeBody(answer.body), { maxDepth: MAX_JWKS_DEPTH }).root));
  return { ...set, maxAgeMs: maxAgeOf(answer.headers['cache-control']) };
};

const maxAgeOf = (cacheControl: string | undefined): number => {
  const directives = (cacheControl ?? '').toLowerCase();
  if (/\bno-(?:store|cache)\b/.test(directives)) return MIN_AGE_MS;
  const seconds = /\bmax-age\s*=\s*"?([0-9]{1,10})/.exec(directives)?.[1];
  if (seconds === undefined) return MIN_AGE_MS;
  return Math.min(Math.max(Number(seconds) * 1000, MIN_AGE_MS), MAX_AGE_MS);
};
