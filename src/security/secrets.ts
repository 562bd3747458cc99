/** Client secrets: made, hashed, compared (PROTOCOL 9). */

import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { createOneAtATime } from './one-at-a-time.ts';
import type { Partner, SecretHash } from './partner.ts';

/** 256 random bits, base64url. Shown once. */
export const makeSecret = (): string => randomBytes(32).toString('base64url');

/** `client_` and 96 random bits: no secret, only unlikely to be another's. */
export const makeClientId = (): string => `client_${randomBytes(12).toString('base64url')}`;

/** A secret with 256 random bits needs no slow hash: a keyed one is enough. */
export const hashMadeSecret = (secret: string, hmacKey: Buffer): SecretHash => ({
  kind: 'hmac',
  hash: keyedHash(hmacKey, secret).toString('base64url'),
});

const keyedHash = (hmacKey: Buffer, text: string): Buffer =>
  createHmac('sha256', hmacKey).update(text, 'utf8').digest();

const slowHash = promisify<string, Buffer, number, Buffer>(scrypt);

/** The hash functions, so that a test can count what an answer cost. */
export interface HashFunctions {
  readonly keyed: (hmacKey: Buffer, text: string) => Buffer;
  /** About 40 ms on the thread pool that signature checks use as well. */
  readonly slow: (text: string, salt: Buffer, length: number) => Promise<Buffer>;
}

export interface Secrets {
  /** For a secret that a person typed into the YAML; `owner` (the partner's id) makes the salt the same at every start and replica. */
  hashTyped(secret: string, owner: string): Promise<SecretHash>;
  /**
   * Whether `presented` is the secret of `partner`; an unknown client has none (undefined).
   * What a refusal costs does not depend on whether the client is known, nor on how its secret is kept.
   *
   * @param all every partner: while a typed secret of any of them is unproved, every refusal costs a slow hash
   * @throws GatewayError `service.unavailable` when too many slow hashes wait
   */
  verify(partner: Partner | undefined, presented: string, all: Iterable<Partner>): Promise<boolean>;
}

/** As they are, where nobody counts. */
export const HASH_FUNCTIONS: HashFunctions = { keyed: keyedHash, slow: slowHash };

const HASH_BYTES = 32;
/** Slow hashes wait for each other: eight at once take a signature check from 0.1 to 70 ms. */
const QUEUE_PLACES = 8;

/**
 * A typed secret is kept as scrypt. Once it was seen (when it was hashed at start, or at its first success) its keyed hash is
 * remembered in memory: from then on right and wrong cost one keyed hash, as they do for secrets that we made.
 */
export const createSecrets = ({
  hmacKey,
  hash = HASH_FUNCTIONS,
}: {
  readonly hmacKey: Buffer;
  readonly hash?: HashFunctions;
}): Secrets => {
  const queue = createOneAtATime(QUEUE_PLACES);
  /** Keyed hashes of typed secrets that were seen, by their slow hash. */
  const proved = new Map<string, Buffer>();
  const nobody = randomBytes(HASH_BYTES);

  const slow = (secret: string, salt: string): Promise<Buffer> =>
    queue.run(() => hash.slow(secret, Buffer.from(salt, 'base64url'), HASH_BYTES));

  const isUnproved = ({ secret }: Partner): boolean => secret?.kind === 'scrypt' && !proved.has(secret.hash);

  /** The keyed hash to compare with; for a client without one a random text that nothing equals. */
  const expected = (stored: SecretHash | undefined): Buffer => {
    if (stored === undefined) return nobody;
    if (stored.kind === 'hmac') return Buffer.from(stored.hash, 'base64url');
    return proved.get(stored.hash) ?? nobody;
  };

  return {
    hashTyped: async (secret, owner) => {
      const salt = hash.keyed(hmacKey, `salt of ${owner}`).subarray(0, 16).toString('base64url');
      const made = (await slow(secret, salt)).toString('base64url');
      proved.set(made, hash.keyed(hmacKey, secret));
      return { kind: 'scrypt', salt, hash: made };
    },
    verify: async (partner, presented, all) => {
      const stored = partner?.secret;
      const keyed = hash.keyed(hmacKey, presented);
      if (equal(keyed, expected(stored))) return true;
      let unproved = false;
      for (const each of all) unproved = isUnproved(each) || unproved;
      if (!unproved) return false;
      const candidate = stored?.kind === 'scrypt' ? stored : undefined;
      const made = await slow(presented, candidate?.salt ?? '');
      if (!equal(made, candidate === undefined ? nobody : Buffer.from(candidate.hash, 'base64url'))) return false;
      if (candidate !== undefined) proved.set(candidate.hash, keyed);
      return true;
    },
  };
};

const equal = (left: Buffer, right: Buffer): boolean => left.length === right.length && timingSafeEqual(left, right);
