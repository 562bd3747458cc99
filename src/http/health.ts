/** Live and ready. Callers learn only whether; why stands on the admin listener. */

import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';

export interface Readiness {
  readonly ready: boolean;
  /** By registry id, and `store`: undefined when ready, else why not. */
  readonly parts: ReadonlyMap<string, string | undefined>;
}

/** An answer is kept this long, so that anybody's polling costs the backends next to nothing. */
const KEEP_MS = 1_000;
const DEADLINE_MS = 3_000;

/** Asks the store and every backend, at most once a second. */
export const createReadiness = (registries: readonly Registry[], store: Store): (() => Promise<Readiness>) => {
  let kept: { readonly until: number; readonly readiness: Promise<Readiness> } | undefined;
  return () => {
    const now = performance.now();
    if (kept === undefined || kept.until < now) {
      kept = { until: now + KEEP_MS, readiness: askAll(registries, store) };
    }
    return kept.readiness;
  };
};

const askAll = async (registries: readonly Registry[], store: Store): Promise<Readiness> => {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const asked = [
    ...registries.map(async (registry) => [registry.config.id, await inTime(registry.health(signal), signal)] as const),
    (async () => ['store', await inTime(storeHealth(store), signal)] as const)(),
  ];
  const parts = new Map(await Promise.all(asked));
  return { ready: [...parts.values()].every((reason) => reason === undefined), parts };
};

const storeHealth = (store: Store): Promise<string | undefined> =>
  store.health().then(
    () => undefined,
    () => 'the store does not answer',
  );

/** A backend that ignores the signal does not hold up the answer. */
const inTime = (health: Promise<string | undefined>, signal: AbortSignal): Promise<string | undefined> =>
  Promise.race([
    health,
    new Promise<string>((resolve) =>
      signal.addEventListener('abort', () => resolve('no answer in time'), { once: true }),
    ),
  ]);
