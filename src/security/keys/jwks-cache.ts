import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { Outbound } from '../outbound/http-client.ts';
import type { PartnerKey } from '../partner.ts';
import { type FetchedKeys, fetchJwks } from './fetch-jwks.ts';

const REFETCH_MS = 60_000; // an unknown kid, or a set that could not be fetched
const KNOWN_MS = 24 * 3_600_000; // what a set said is known so long, and longer than that only while it may be used
const RENEW_AT = 0.8; // of its age: a set in use is renewed before it ends, so that one failing fetch refuses nobody

/** What a set holds. */
export type KeySet = Pick<FetchedKeys, 'keys' | 'encryptionKeys' | 'wantsMore'>;

interface CachedSet {
  held: KeySet;
  /** Fetched again, without anybody waiting, from this time on. */
  renewAt: number;
  /** Not used from this time on. */
  staleAt: number;
  /** Not known any more from this time on. */
  knownUntil: number;
  /** Last attempt, whether it succeeded or not. */
  attemptedAt: number;
  running: Promise<void> | undefined;
}

/** Key sets by partner and address. */
export interface JwksCache {
  /** The keys of this set; `wanted` says which key must be in it, otherwise it is fetched again (at most once a minute). */
  get(partnerId: string, url: string, wanted: (key: PartnerKey) => boolean): Promise<readonly PartnerKey[]>;
  /**
   * The whole set; where it cannot be fetched again, what it held within the last day: old keys verify nothing, but who is encrypted
   * for does not change because an address is away. Undefined: it is not known, and cannot be fetched now.
   */
  whole(partnerId: string, url: string): Promise<KeySet | undefined>;
}

export const createJwksCache = (outbound: Outbound, clock: Clock, log: Log): JwksCache => {
  const sets = new Map<string, CachedSet>();

  const refresh = async (set: CachedSet, partnerId: string, url: string): Promise<void> => {
    set.attemptedAt = clock();
    try {
      const { maxAgeMs, skipped, ...held } = await fetchJwks(outbound, url);
      set.held = held;
      set.renewAt = clock() + maxAgeMs * RENEW_AT;
      set.staleAt = clock() + maxAgeMs;
      set.knownUntil = clock() + Math.max(maxAgeMs, KNOWN_MS);
      const counts = { keys: held.keys.length, encryption: held.encryptionKeys.length };
      log.info('fetched a key set', { partner: partnerId, ...counts, skipped });
    } catch (error) {
      // The cached keys hold until their age ends; without any, the kid is unknown and the message is refused.
      const kept = clock() < set.staleAt ? set.held.keys.length : 0;
      log.warn('could not fetch a key set', { partner: partnerId, reason: reasonOf(error), kept });
    }
  };

  const look = async (partnerId: string, url: string, serves: (held: KeySet) => boolean): Promise<CachedSet> => {
    const id = `${partnerId} ${url}`;
    const set = sets.get(id) ?? emptySet();
    sets.set(id, set);
    const now = clock();
    if (now < set.attemptedAt - REFETCH_MS) loseAge(set, now);
    const usable = now < set.staleAt && serves(set.held);
    const due = !usable || now >= set.renewAt;
    if (due && set.running === undefined && now - set.attemptedAt >= REFETCH_MS) {
      set.running = refresh(set, partnerId, url).finally(() => {
        set.running = undefined;
      });
    }
    if (!usable) await set.running;
    return set;
  };

  return {
    get: async (partnerId, url, wanted) => {
      const { held, staleAt } = await look(partnerId, url, ({ keys }) => keys.some(wanted));
      return clock() < staleAt ? held.keys : [];
    },
    whole: async (partnerId, url) => {
      const { held, knownUntil } = await look(partnerId, url, () => true);
      return clock() < knownUntil ? held : undefined;
    },
  };
};

const NOTHING: KeySet = { keys: [], encryptionKeys: [], wantsMore: false };

const emptySet = (): CachedSet => ({
  held: NOTHING,
  renewAt: 0,
  staleAt: 0,
  knownUntil: 0,
  attemptedAt: Number.NEGATIVE_INFINITY,
  running: undefined,
});

/** The clock was put back: how old the set is cannot be told any more. */
const loseAge = (set: CachedSet, now: number): void => {
  set.staleAt = 0;
  set.knownUntil = Math.min(set.knownUntil, now + KNOWN_MS);
  set.attemptedAt = Number.NEGATIVE_INFINITY;
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
