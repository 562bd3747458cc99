/** What a registry's own subscription at its upstream is to be. */

import type { UpstreamOffer } from '../../plugin.ts';
import type { OwnSubscriptionItem } from '../../store/async-documents.ts';
import { K } from '../../store/document-key.ts';
import type { Registry } from '../registry.ts';

export type SubscriptionOffer = NonNullable<UpstreamOffer['subscription']>;

export interface Wanted {
  readonly offer: SubscriptionOffer;
  readonly items: readonly OwnSubscriptionItem[];
  /** Another when anything of it is. */
  readonly digest: string;
}

/**
 * Every event of every record type whose pushed keys are read again. Undefined: none is wanted.
 *
 * @throws GatewayError `service.unavailable` until the backend was reached
 */
export const wantedOf = async (registry: Registry): Promise<Wanted | undefined> => {
  const { upstream } = registry.plugin;
  const offer = upstream?.subscription;
  if (upstream === undefined || offer === undefined) return undefined;
  const pushed = (await registry.mapping()).changes?.pushed ?? new Set();
  const types = [...offer.recordTypes].filter(([type]) => pushed.has(type));
  const items = types.flatMap(([recordType]) =>
    offer.events.map((event): OwnSubscriptionItem => ({ event, recordType, state: 'asked' })),
  );
  if (items.length === 0) return undefined;
  const { partner, callbackUrl, criteria, lifetimeMs = null } = offer;
  const digest = K(
    upstream.link.raw.url,
    partner,
    callbackUrl,
    JSON.stringify([types, offer.events, criteria]),
    lifetimeMs,
  );
  return { offer, items, digest };
};
