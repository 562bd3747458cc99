/** What all items of one search request share, as it is at this moment: rights, view, mapping, limits. */

import type { Clock } from '../clock.ts';
import type { LimitsConfig } from '../config/config.ts';
import { createRegTypes, type RegTypes } from '../dci/domains.ts';
import { GatewayError, ItemRejection } from '../errors.ts';
import type { Partner } from '../security/partner.ts';
import type { TokenScopes } from '../security/tokens.ts';
import { createConsentedSearch } from './consent/consented-search.ts';
import type { ConsentDecider } from './consent/decider.ts';
import type { PlanSetting } from './plan-search.ts';
import { createPolicyOf } from './policy.ts';
import type { Projection } from './project.ts';
import type { Registry } from './registry.ts';
import { requireAction } from './require-action.ts';
import { makeViews } from './view.ts';

export interface Searcher {
  readonly registry: Registry;
  readonly partner: Partner;
  readonly scopes: TokenScopes;
  /** Of a special endpoint. */
  readonly projection?: Projection | undefined;
}

/** Rejects with a GatewayError: `request.forbidden` without the right to search, `service.unavailable` until the backend was reached. */
export type SettingOf = (searcher: Searcher, tries: PlanSetting['tries']) => Promise<PlanSetting>;

export const createSettingOf = ({
  limits,
  clock,
  decider,
  remembers = false,
}: {
  /** Answers wait before they are sent. */
  readonly remembers?: boolean;
  /** Asked about consent; absent where nothing is run: then nobody consents. */
  readonly decider?: ConsentDecider | undefined;
  readonly limits: LimitsConfig;
  readonly clock: Clock;
}): SettingOf => {
  const viewOf = makeViews();
  const policyOf = createPolicyOf();
  const regTypesOf = createRegTypesOf();
  return async (call, tries) => {
    const { partner, scopes, projection } = call;
    const { config } = call.registry;
    requireAction(partner, scopes, config.id, 'search');
    const mapping = await call.registry.mapping();
    const today = new Date(clock()).toISOString().slice(0, 10);
    const actFor: PlanSetting['actFor'] = (purpose) => {
      const policy = policyOf(partner, config, purpose);
      return { policy, view: orFault(() => viewOf({ partner, registry: config.id, policy }, mapping, today)) };
    };
    const maxRecords = Math.min(
      ...[partner.limits, limits, config].map((each) => each.maxRecords ?? Number.POSITIVE_INFINITY),
    );
    const regTypes = regTypesOf(call.registry);
    const consented = decider && createConsentedSearch({ registry: call.registry, mapping, partner, decider });
    return {
      consented,
      remembers,
      registry: config,
      regTypes,
      mapping,
      actFor,
      limits,
      maxRecords,
      today,
      tries,
      projection,
    };
  };
};

/** Made once a registry. */
const createRegTypesOf = (): ((registry: Registry) => RegTypes) => {
  const made = new WeakMap<Registry, RegTypes>();
  return (registry) => {
    const { domain, regType, regTypes } = registry.config;
    const known = made.get(registry) ?? createRegTypes(domain, regType, regTypes);
    made.set(registry, known);
    return known;
  };
};

/** A row filter that cannot be read is the operator's mistake, not the caller's. */
const orFault = <Result>(work: () => Result): Result => {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ItemRejection) {
      throw new GatewayError('service.fault', { detail: `a partner's row filter: ${cause.message}`, cause });
    }
    throw cause;
  }
};
