/** A planned search whose consent a service decides: asked about first, then compiled again for those who consented. */

import type { RejectedItem } from '../../dci/search-response.ts';
import { ItemRejection } from '../../errors.ts';
import type { Mapping } from '../../mapping/mapping.ts';
import type { CallContext } from '../../plugin.ts';
import type { Partner } from '../../security/partner.ts';
import { rejected } from '../item-outcome.ts';
import type { PlannedSearch } from '../plan-search.ts';
import type { Registry } from '../registry.ts';
import { refuseBeyond } from '../within-capabilities.ts';
import type { ConsentDecider } from './decider.ts';
import { narrowedView, withoutAsking } from './narrow-view.ts';
import { relaxed } from './relax.ts';

export interface ConsentedSearchOptions {
  readonly registry: Registry;
  readonly mapping: Mapping;
  readonly partner: Pick<Partner, 'id'>;
  readonly decider: ConsentDecider;
}

/** @throws GatewayError `service.unavailable` when nobody answers; BackendError */
export type ConsentedSearch = (planned: PlannedSearch, context: CallContext) => Promise<PlannedSearch | RejectedItem>;

export const createConsentedSearch =
  ({ registry, mapping, partner, decider }: ConsentedSearchOptions): ConsentedSearch =>
  async (planned, context) => {
    const { policy, asked } = planned;
    if (policy.asks === undefined) return planned;
    try {
      const candidates = mapping.compile({
        ...asked,
        ...{
          view: withoutAsking(asked.view),
          filter: relaxed(asked.filter),
          projection: [],
          sort: [],
          subjects: policy.asks,
        },
      });
      if (candidates.query !== undefined) refuseBeyond(candidates.query, registry.plugin);
      const narrowing = { policy, partner: partner.id, registry: registry.config, plugin: registry.plugin, decider, context }; // biome-ignore format: one look
      const narrowed = { ...asked, view: await narrowedView(asked.view, [candidates], narrowing) };
      const compiled = mapping.compile(narrowed);
      if (compiled.query !== undefined) refuseBeyond(compiled.query, registry.plugin);
      return { ...planned, asked: narrowed, compiled };
    } catch (cause) {
      if (cause instanceof ItemRejection) return rejected(planned.item, cause.code, cause.message);
      throw cause;
    }
  };
