import { parseJsonObject } from '../../dci/json-parse.ts';
import { toPlain } from '../../dci/json-plain.ts';
import { decodeBody } from '../../dci/utf8.ts';
import type { Outbound } from '../outbound/http-client.ts';
import type { PartnerKey } from '../partner.ts';
import { KeyProblem, readPublicKey } from './public-key.ts';

const MAX_JWKS_BYTES = 64 * 1024;
const MAX_JWKS_KEYS = 50;
const MAX_JWKS_DEPTH = 8;
export const MIN_AGE_MS = 5 * 60_000;
export const MAX_AGE_MS = 24 * 3_600_000;

export interface FetchedKeys {
  readonly keys: readonly PartnerKey[];
  /** How long the set may be used, from its `Cache-Control`, within 5 minutes and 24 hours. */
  readonly maxAgeMs: number;
  /** Keys of the set that cannot be used, and why. */
  readonly skipped: readonly string[];
}

/**
 * Fetches a key set from the address registered for a partner (PROTOCOL 5).
 * Keys that cannot be used (other kinds, encryption keys, no kid, broken) are left out.
 *
 * @throws OutboundError, GatewayError (no JSON) or KeyProblem when there is no key set
 */
export const fetchJwks = async (outbound: Outbound, url: string): Promise<FetchedKeys> => {
  const answer = await outbound.fetch(url, { headers: { accept: 'application/json' }, maxBytes: MAX_JWKS_BYTES });
  if (answer.status !== 200) throw new KeyProblem(`The key set was answered with status ${answer.status}.`);
  const document = toPlain(parseJsonObject(decodeBody(answer.body), { maxDepth: MAX_JWKS_DEPTH }).root);
  const list = (document as { readonly keys?: unknown }).keys;
  if (!Array.isArray(list)) throw new KeyProblem('The key set has no list of keys.');
  if (list.length > MAX_JWKS_KEYS) throw new KeyProblem(`The key set has more than ${MAX_JWKS_KEYS} keys.`);
  const read = await Promise.all(list.map(readMember));
  const keys = read.filter((each) => typeof each !== 'string');
  const doubled = keys.find((key, index) => keys.findIndex((other) => other.keyId === key.keyId) !== index);
  if (doubled !== undefined) throw new KeyProblem('The key set has two keys of one kid.');
  return {
    keys,
    maxAgeMs: maxAgeOf(answer.headers['cache-control']),
    skipped: read.filter((each) => typeof each === 'string'),
  };
};

const readMember = async (member: unknown): Promise<PartnerKey | string> => {
  if (typeof member !== 'object' || member === null) return 'an entry is not an object';
  try {
    const { algorithm, jwk, keyId } = await readPublicKey(member);
    if (keyId === undefined) return 'a key has no kid';
    return { keyId, algorithm, jwk, source: 'jwks', active: true };
  } catch (error) {
    if (error instanceof KeyProblem) return error.message;
    throw error;
  }
};

const maxAgeOf = (cacheControl: string | undefined): number => {
  const directives = (cacheControl ?? '').toLowerCase();
  if (/\bno-(?:store|cache)\b/.test(directives)) return MIN_AGE_MS;
  const seconds = /\bmax-age\s*=\s*"?([0-9]{1,10})/.exec(directives)?.[1];
  if (seconds === undefined) return MIN_AGE_MS;
  return Math.min(Math.max(Number(seconds) * 1000, MIN_AGE_MS), MAX_AGE_MS);
};
