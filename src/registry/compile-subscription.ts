/** A stored subscription as changes are matched against it: with its partner's rights as they are now. */

import type { Clock } from '../clock.ts';
import type { ConsentConfig, LimitsConfig } from '../config/config.ts';
import { canonicalText } from '../dci/canonical.ts';
import type { Filter } from '../dci/filter.ts';
import { parseJson } from '../dci/json-parse.ts';
import { GatewayError, ItemRejection } from '../errors.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { canonicalFilter } from '../query/canonical-filter.ts';
import { type RequiredValue, requiredValue } from '../query/required-value.ts';
import { compileTest } from '../query/test-filter.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { Partner } from '../security/partner.ts';
import { type RegistryRights, rowFilters } from '../security/rights.ts';
import { scopesOf } from '../security/scopes.ts';
import type { Subscription } from '../store/async-documents.ts';
import { relaxed } from './consent/relax.ts';
import { authorisedFilter, decodeFilter } from './plan-subscription.ts';
import type { Policy, PolicyOf } from './policy.ts';
import { requireAction } from './require-action.ts';
import type { RightsVersion } from './rights-version.ts';
import { makeViews, type PartnerView, type Views } from './view.ts';

/** What all subscriptions share that ask the same of the same rows: evaluated once for a record. */
export interface Condition {
  readonly key: string;
  readonly filter: Filter;
  /** Undefined: the backend decides. */
  readonly test: ((record: object) => boolean) | undefined;
  /** Only where there is a test. */
  readonly required: RequiredValue | undefined;
  /** Row filters in force, as one text; empty: none. */
  readonly rows: string;
}

export interface CompiledSubscription {
  readonly subscription: Subscription;
  readonly partner: Partner;
  /** What the partner sees, and how it is written for it. */
  readonly view: PartnerView;
  /** Fields of a record that are told, as the subscription selects them; undefined: all of the view. */
  readonly projection: readonly string[] | undefined;
  /** Equal where two partners' rights on the registry are, for a purpose. */
  readonly rights: string;
  /** Record types whose consent what is told rests on; undefined: it needs none. */
  readonly persons: ReadonlySet<string> | undefined;
  /** Of the partner's rights, as messages are made with. */
  readonly rightsVersion: string;
  readonly condition: Condition;
  /** Where a service decides about consent: changes are matched by what they could satisfy, and told once it has. */
  readonly decide: AskedFirst | undefined;
}

export interface AskedFirst {
  readonly policy: Policy;
  /** What must be satisfied once those who did not consent are not there. */
  readonly filter: Filter;
}

export interface CompileOptions {
  readonly sealer: Sealer;
  readonly limits: LimitsConfig;
  readonly clock: Clock;
  readonly partner: (id: string) => Partner | undefined;
  readonly rightsVersion: RightsVersion;
  readonly policyOf: PolicyOf;
  /** Who decides about consent on a registry. */
  readonly consentOf: (registry: string) => ConsentConfig | undefined;
}

/** Undefined: the partner is not active, or its rights do not allow what it subscribed to. */
export type CompileSubscription = (subscription: Subscription, mapping: Mapping) => CompiledSubscription | undefined;

/** The filter was bounded when it came in. */
const DEPTH = 1_000;

export const createCompileSubscription = (options: CompileOptions): CompileSubscription => {
  const { sealer, limits, clock, partner: find, rightsVersion, consentOf, policyOf } = options;
  const viewOf: Views = makeViews();
  return (subscription, mapping) => {
    const { registry, recordType } = subscription;
    const partner = find(subscription.partner);
    if (partner?.active !== true) return undefined;
    const now = clock();
    try {
      const policy = policyOf(partner, { id: registry, consent: consentOf(registry) }, subscription.purpose);
      const { rights } = policy;
      // One that the operator made needs no such right.
      if (subscription.transaction !== undefined) requireAction(partner, scopesOf(partner), registry, 'subscribe');
      const { root } = parseJson(sealer.open(subscription.request), { maxDepth: DEPTH });
      const { filter, projection } = authorisedFilter(decodeFilter(root, limits), recordType, { rights, mapping, now });
      const view = viewOf({ partner, registry, policy }, mapping, new Date(now).toISOString().slice(0, 10));
      const decide = rights.asks === undefined ? undefined : { policy, filter };
      const condition = conditionOf(
        decide ? relaxed(filter) : filter,
        mapping.records.get(recordType)?.fields,
        rowsText(rights),
      );
      const version = rightsVersion(partner, registry);
      return {
        subscription,
        partner,
        view,
        projection,
        rights: `${version} ${policy.key}`,
        rightsVersion: version,
        persons: policy.persons,
        condition,
        decide,
      };
    } catch (cause) {
      if (cause instanceof ItemRejection) return undefined;
      if (cause instanceof GatewayError && cause.code === 'request.forbidden') return undefined;
      throw cause;
    }
  };
};

const conditionOf = (filter: Filter, rendered: ReadonlySet<string> | undefined, rows: string): Condition => {
  const test = compileTest(filter, rendered);
  const required = test && requiredValue(filter);
  return { key: `${rows}\n${canonicalFilter(filter)}`, filter, test, required, rows };
};

const rowsText = (rights: RegistryRights): string => {
  const types = new Set([...rights.records.keys(), ...(rights.consent?.keys() ?? [])]);
  const filtered = [...types].flatMap((type) => rowFilters(rights, type).map((rows) => [type, canonicalText(rows, 'compact')] as const)); // biome-ignore format: one look
  // Which types are nested at all decides what lies in a record as well.
  return filtered.length === 0 ? '' : JSON.stringify([[...rights.records.keys()].sort(), filtered]);
};
