/**
 * The search use case: the items of a request in, one outcome an item out. All items are decoded and authorised before
 * the first one is run, so that a request which may not be made reads nothing. Every kind of search goes through here.
 */

import type { Clock } from '../clock.ts';
import type { LimitsConfig } from '../config/config.ts';
import { createRegTypes, type RegTypes } from '../dci/domains.ts';
import type { SearchRequest } from '../dci/search-request.ts';
import type { SearchOutcome } from '../dci/search-response.ts';
import { GatewayError, ItemRejection } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CallContext } from '../plugin.ts';
import type { Partner } from '../security/partner.ts';
import type { TokenScopes } from '../security/tokens.ts';
import type { DataLimits } from './data-limits.ts';
import { orRejected } from './item-outcome.ts';
import { type PlannedSearch, type PlanSetting, planSearch } from './plan-search.ts';
import type { Registry } from './registry.ts';
import { requireAction } from './require-action.ts';
import { runPlanned } from './run-planned.ts';
import { makeViews } from './view.ts';
import { withDeadline } from './with-deadline.ts';
import { refuseBeyond } from './within-capabilities.ts';

export interface SearchCall {
  readonly registry: Registry;
  readonly partner: Partner;
  /** Of the access token. */
  readonly scopes: TokenScopes;
  readonly request: SearchRequest;
  readonly requestId: string;
  /** To be aborted when nobody waits for the answer any more. */
  readonly abort: AbortController;
}

export interface SearchDependencies {
  readonly limits: LimitsConfig;
  readonly data: DataLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rejects with a GatewayError (403, 429, 503) or BackendError for the whole request; a problem of one item is that item's outcome. */
export type RunSearch = (call: SearchCall) => Promise<readonly SearchOutcome[]>;

export const createRunSearch = (dependencies: SearchDependencies): RunSearch => {
  const { limits, data, clock, log } = dependencies;
  const viewOf = makeViews();
  const regTypesOf = createRegTypesOf();
  const settingOf = async (call: SearchCall, tries: (identifiers: number) => void): Promise<PlanSetting> => {
    const { partner, scopes } = call;
    const { config } = call.registry;
    const rights = requireAction(partner, scopes, config.id, 'search');
    const mapping = await call.registry.mapping();
    const today = new Date(clock()).toISOString().slice(0, 10);
    const view = orFault(() => viewOf(partner, config.id, mapping, today));
    const maxRecords = Math.min(
      ...[partner.limits, limits, config].map((each) => each.maxRecords ?? Number.POSITIVE_INFINITY),
    );
    const regTypes = regTypesOf(call.registry);
    return { registry: config, regTypes, mapping, rights, view, limits, maxRecords, today, tries };
  };
  return async (call) => {
    const { registry, partner, request, requestId, abort } = call;
    let tried = 0;
    const setting = await settingOf(call, (identifiers) => {
      tried += identifiers;
    });
    const steps = request.items.map((item) => orRejected(item, () => withinReach(planSearch(item, setting), registry)));
    await data.admit(partner, tried);
    const outcomes = await data.concurrently(partner, () =>
      withDeadline({ withinMs: limits.searchMs, abort, requestId, log }, (context) =>
        runInOrder(steps, registry, limits.recordsPerAnswer, context),
      ),
    );
    await data.charge(
      partner,
      outcomes.reduce((sum, outcome) => sum + recordsOf(outcome), 0),
    );
    return outcomes;
  };
};

const withinReach = (planned: PlannedSearch, { plugin }: Registry): PlannedSearch => {
  if (planned.compiled.query !== undefined) refuseBeyond(planned.compiled.query, plugin.capabilities);
  return planned;
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

/** One after the other: what an item returns counts against what the others may still return. */
const runInOrder = async (
  steps: readonly (PlannedSearch | SearchOutcome)[],
  registry: Registry,
  mostRecords: number,
  context: CallContext,
): Promise<readonly SearchOutcome[]> => {
  const outcomes: SearchOutcome[] = [];
  let left = mostRecords;
  for (const step of steps) {
    if ('status' in step) {
      outcomes.push(step);
      continue;
    }
    const outcome = await runPlanned(step, registry, left, context);
    left -= recordsOf(outcome);
    outcomes.push(outcome);
  }
  return outcomes;
};

const recordsOf = (outcome: SearchOutcome): number => (outcome.status === 'succ' ? outcome.records.length : 0);
