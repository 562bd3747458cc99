import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { Outbound } from '../outbound/http-client.ts';
import type { PartnerKey } from '../partner.ts';
import { fetchJwks } from './fetch-jwks.ts';

const REFETCH_MS = 60_000; // an unknown kid, or a set that could not be fetched
const RENEW_AT = 0.8; // of its age: a set in use is renewed before it ends, so that one failing fetch refuses nobody

interface CachedSet {
  keys: readonly PartnerKey[];
  /** Fetched again, without anybody waiting, from this time on. */
  renewAt: number;
  /** Not used from this time on. */
  staleAt: number;
  /** Last attempt, whether it succeeded or not. */
  attemptedAt: number;
  running: Promise<void> | undefined;
}

/** Key sets by partner and address. */
export interface JwksCache {
  /** The keys of this set; `wanted` says which key must be in it, otherwise it is fetched again (at most once a minute). */
  get(partnerId: string, url: string, wanted: (key: PartnerKey) => boolean): Promise<readonly PartnerKey[]>;
}

export const createJwksCache = (outbound: Outbound, clock: Clock, log: Log): JwksCache => {
  const sets = new Map<string, CachedSet>();

  const refresh = async (set: CachedSet, partnerId: string, url: string): Promise<void> => {
    set.attemptedAt = clock();
    try {
      const { keys, maxAgeMs, skipped } = await fetchJwks(outbound, url);
      set.keys = keys;
      set.renewAt = clock() + maxAgeMs * RENEW_AT;
      set.staleAt = clock() + maxAgeMs;
      log.info('fetched a key set', { partner: partnerId, keys: keys.length, skipped });
    } catch (error) {
      // The cached keys hold until their age ends; without any, the kid is unknown and the message is refused.
      if (clock() >= set.staleAt) set.keys = [];
      log.warn('could not fetch a key set', { partner: partnerId, reason: reasonOf(error), kept: set.keys.length });
    }
  };

  return {
    get: async (partnerId, url, wanted) => {
      const id = `${partnerId} ${url}`;
      const set = sets.get(id) ?? emptySet();
      sets.set(id, set);
      const now = clock();
      const usable = now < set.staleAt && set.keys.some(wanted);
      const due = !usable || now >= set.renewAt;
      if (due && set.running === undefined && now - set.attemptedAt >= REFETCH_MS) {
        set.running = refresh(set, partnerId, url).finally(() => {
          set.running = undefined;
        });
      }
      if (usable) return set.keys;
      await set.running;
      return clock() < set.staleAt ? set.keys : [];
    },
  };
};

const emptySet = (): CachedSet => ({
  keys: [],
  renewAt: 0,
  staleAt: 0,
  attemptedAt: Number.NEGATIVE_INFINITY,
  running: undefined,
});

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
