/**
 * The search use case: the items of a request in, one outcome an item out. All items are decoded and authorised before
 * the first one is run, so that a request which may not be made reads nothing. Every kind of search goes through here.
 */

import type { Clock } from '../clock.ts';
import type { LimitsConfig } from '../config/config.ts';
import type { SearchRequest } from '../dci/search-request.ts';
import type { SearchOutcome } from '../dci/search-response.ts';
import type { Log } from '../log.ts';
import type { CallContext, KeptAnswers, Relay } from '../plugin.ts';
import type { TriedIdentifier } from '../query/count-identifiers.ts';
import type { Partner } from '../security/partner.ts';
import type { TokenScopes } from '../security/tokens.ts';
import { type Audited, outcomeOf, type WriteAudit } from './audit.ts';
import type { ConsentDecider } from './consent/decider.ts';
import { type DataLimits, overRecords } from './data-limits.ts';
import { fairTurns } from './fair-turns.ts';
import { orRejected } from './item-outcome.ts';
import { type PlannedSearch, planSearch } from './plan-search.ts';
import type { Projection } from './project.ts';
import type { Registry } from './registry.ts';
import { runPlanned } from './run-planned.ts';
import { recordsOf } from './search-content.ts';
import { createSettingOf } from './search-setting.ts';
import { withDeadline } from './with-deadline.ts';
import { refuseBeyond, refuseManyConditions } from './within-capabilities.ts';

export interface SearchCall {
  readonly registry: Registry;
  readonly partner: Partner;
  /** Of the access token. */
  readonly scopes: TokenScopes;
  readonly request: SearchRequest;
  /** Of a special endpoint: it answers less than a search. */
  readonly projection?: Projection | undefined;
  readonly requestId: string;
  /** Upstreams are asked by messages. */
  readonly relay?: Relay | undefined;
  /** Absent: it is not run again. */
  readonly kept?: KeptAnswers | undefined;
  /** It waited for an upstream: its identifiers were counted before. */
  readonly continued?: boolean;
  /** Throws where an upstream's answer is missing: the search is run again, and nothing is told yet. */
  readonly settle?: (() => void) | undefined;
  /** As audit entries name it; absent: `search`. */
  readonly action?: string;
  /** To be aborted when nobody waits for the answer any more. */
  readonly abort: AbortController;
}

export interface SearchDependencies {
  readonly limits: LimitsConfig;
  readonly data: DataLimits;
  /** Asked about consent; absent: nobody consents. */
  readonly decider?: ConsentDecider;
  /** Answers wait before they are sent: whose consent they rest on is told with them. */
  readonly remembers?: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Rejects with a GatewayError (403, 429, 503) or BackendError for the whole request; a problem of one item is that item's outcome.
 *
 * @param audit takes who was told what, before it is
 */
export type RunSearch = (call: SearchCall, audit: WriteAudit) => Promise<readonly SearchOutcome[]>;

export const createRunSearch = (dependencies: SearchDependencies): RunSearch => {
  const { limits, data, log } = dependencies;
  const settingOf = createSettingOf(dependencies);
  return async (call, audit) => {
    const { registry, partner, request, requestId, abort } = call;
    const tried: TriedIdentifier[] = [];
    const setting = await settingOf(call, (identifiers) => {
      tried.push(...identifiers);
    });
    const turn = fairTurns();
    const steps: (PlannedSearch | SearchOutcome)[] = [];
    for (const item of request.items) {
      await turn();
      steps.push(orRejected(item, () => withinReach(planSearch(item, setting), registry)));
    }
    // Without a place nothing is tried, so nothing is counted.
    const outcomes = await data.concurrently(partner, async () => {
      const ofDay = await admitted(call, tried.length, data);
      return withDeadline({ withinMs: limits.searchMs, abort, requestId, log }, (context) =>
        runInOrder(steps, registry, { ofAnswer: limits.recordsPerAnswer, ofDay }, contextOf(call, context)),
      );
    });
    const count = outcomes.reduce((sum, outcome) => sum + recordsOf(outcome), 0);
    await data.charge(partner, count);
    call.settle?.();
    audit({ ...auditedCall(call, tried), outcome: outcomeOf(outcomes), count });
    return outcomes;
  };
};

/** One that is run again was counted before, whatever it failed by then. */
const admitted = async (
  { partner, kept, continued }: SearchCall,
  identifiers: number,
  data: DataLimits,
): Promise<number> => {
  if (kept === undefined || continued === true) return data.admit(partner, continued === true ? 0 : identifiers);
  let left: number | undefined;
  await kept.answer('identifiers', async () => {
    left = await data.admit(partner, identifiers);
    return identifiers;
  });
  return left ?? data.admit(partner, 0);
};

/** What an audit entry says of the question. */
export const auditedCall = (
  { registry, partner, request, action = 'search' }: SearchCall,
  identifiers: readonly TriedIdentifier[],
): Omit<Audited, 'outcome' | 'count'> => {
  // Those of refused items were not looked at: they may say anything.
  const purposes = [
    ...new Set(request.items.flatMap(({ purpose, rejection }) => (rejection === undefined ? (purpose ?? []) : []))),
  ];
  return {
    ...{ partner: partner.id, registry: registry.config.id, action, identifiers },
    ...(purposes.length > 0 && { purposes }),
    transaction: request.transactionId,
  };
};

const contextOf = ({ relay, kept }: SearchCall, context: CallContext): CallContext =>
  relay === undefined && kept === undefined
    ? context
    : { ...context, ...(relay !== undefined && { relay }), ...(kept !== undefined && { kept }) };

/** @throws ItemRejection for what the backend cannot answer */
export const withinReach = (planned: PlannedSearch, { plugin }: Registry): PlannedSearch => {
  const { query } = planned.compiled;
  if (query !== undefined) {
    refuseBeyond(query, plugin);
    refuseManyConditions(query);
  }
  return planned;
};

/**
 * One after the other: what an item returns counts against what the others may still return, in this answer and on this day. Of
 * the day a page may still be more than is left; nothing is looked up after it.
 */
const runInOrder = async (
  steps: readonly (PlannedSearch | SearchOutcome)[],
  registry: Registry,
  most: { readonly ofAnswer: number; readonly ofDay: number },
  context: CallContext,
): Promise<readonly SearchOutcome[]> => {
  const outcomes: SearchOutcome[] = [];
  const turn = fairTurns();
  let returned = 0;
  for (const step of steps) {
    await turn();
    if ('status' in step) {
      outcomes.push(step);
      continue;
    }
    const over = returned >= most.ofDay;
    const outcome = over ? overRecords(step.item) : await runPlanned(step, registry, most.ofAnswer - returned, context);
    returned += recordsOf(outcome);
    outcomes.push(outcome);
  }
  return outcomes;
};
