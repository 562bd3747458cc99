/** Whether our own subscriptions at upstreams live, for the operator's metrics. */

import { OWN_SUBSCRIPTIONS } from '../../store/async-documents.ts';
import type { Documents } from '../../store/documents.ts';
import type { Registry } from '../registry.ts';

/** By registry that is to be subscribed: whether it is, and all is well. Rejects with StoreError. */
export type SubscriptionStates = () => Promise<ReadonlyMap<string, boolean>>;

export const createSubscriptionStates =
  (documents: Documents, registries: readonly Registry[]): SubscriptionStates =>
  async () => {
    const states = new Map<string, boolean>();
    for (const { config, plugin } of registries) {
      if (plugin.upstream?.subscription === undefined) continue;
      const own = await documents.get(OWN_SUBSCRIPTIONS, config.id);
      states.set(config.id, own?.state === 'live' && own.problem === undefined);
    }
    return states;
  };
