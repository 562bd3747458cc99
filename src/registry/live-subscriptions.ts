/**
 * The live subscriptions of a registry, compiled and indexed, as a copy in memory that lacks none which was confirmed: each
 * look compares the registry's revision, and what is new is read after it (ASYNC, "Notify" 1).
 */

import { setImmediate as breathe } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { Partner } from '../security/partner.ts';
import { SUBSCRIPTIONS, type Subscription } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';
import type { CompiledSubscription, CompileSubscription } from './compile-subscription.ts';
import type { RightsVersion } from './rights-version.ts';
import { indexSubscriptions, type SubscriptionIndex } from './subscription-index.ts';
import { revisionOf } from './subscription-revision.ts';

export interface LiveOptions {
  readonly documents: Documents;
  readonly compile: CompileSubscription;
  readonly partner: (id: string) => Partner | undefined;
  readonly rightsVersion: RightsVersion;
  readonly clock: Clock;
  readonly log: Log;
}

/** To be called after the page of changes was fetched. */
export type LiveSubscriptions = (registry: string, mapping: Mapping) => Promise<SubscriptionIndex>;

interface Known {
  readonly revision: number;
  readonly mapping: Mapping;
  /** Ages change with the day. */
  readonly day: string;
  readonly stored: readonly Subscription[];
  /** Of each partner that subscribes: what its rights are. */
  readonly rights: ReadonlyMap<string, string>;
  /** By code; undefined: the partner may not have it at the moment. */
  readonly compiled: ReadonlyMap<string, { readonly rights: string; readonly as: CompiledSubscription | undefined }>;
  readonly index: SubscriptionIndex;
}

const PAGE = 1_000;
/** Then others may work. By count, not by time (`fairTurns`): explored flows run this, and must do the same in every run. */
const COMPILED_AT_ONCE = 25;

export const createLiveSubscriptions = (options: LiveOptions): LiveSubscriptions => {
  const known = new Map<string, Known>();
  return async (registry, mapping) => {
    const last = known.get(registry);
    const next = await refresh(registry, mapping, last, options);
    known.set(registry, next);
    return next.index;
  };
};

const refresh = async (
  registry: string,
  mapping: Mapping,
  last: Known | undefined,
  options: LiveOptions,
): Promise<Known> => {
  const revision = await revisionOf(options.documents, registry);
  const day = new Date(options.clock()).toISOString().slice(0, 10);
  const stored = last?.revision === revision ? last.stored : await readLive(registry, options.documents);
  const kept = last?.mapping === mapping && last.day === day ? last : undefined;
  const rights = rightsReader(registry, options);
  if (kept?.stored === stored && [...kept.rights].every(([id, state]) => rights(id) === state)) return kept;
  const compiled = new Map<string, { rights: string; as: CompiledSubscription | undefined }>();
  let worked = 0;
  for (const subscription of stored) {
    const current = rights(subscription.partner);
    const before = kept?.compiled.get(subscription._id);
    if (before?.rights === current) {
      compiled.set(subscription._id, before);
      continue;
    }
    const as = options.compile(subscription, mapping);
    if (as === undefined) options.log.warn('subscription matches nothing', { subscription: subscription._id });
    compiled.set(subscription._id, { rights: current, as });
    worked += 1;
    if (worked % COMPILED_AT_ONCE === 0) await breathe();
  }
  const states = new Map(stored.map(({ partner }) => [partner, rights(partner)]));
  const live = [...compiled.values()].flatMap(({ as }) => (as === undefined ? [] : [as]));
  return { revision, mapping, day, stored, rights: states, compiled, index: indexSubscriptions(live) };
};

/** The partner itself stands in what was compiled: another copy of it counts as other rights. */
const rightsReader = (registry: string, { partner: find, rightsVersion }: LiveOptions) => {
  const read = new Map<string, string>();
  return (id: string): string => {
    const known = read.get(id);
    if (known !== undefined) return known;
    const partner = find(id);
    const state = partner?.active === true ? `${partner.version} ${rightsVersion(partner, registry)}` : 'none';
    read.set(id, state);
    return state;
  };
};

const readLive = async (registry: string, documents: Documents): Promise<readonly Subscription[]> => {
  const all: Subscription[] = [];
  for (;;) {
    const last = all.at(-1)?._id;
    const page = await documents.find(SUBSCRIPTIONS, {
      index: 'byRegistry',
      equals: [registry, true],
      ...(last !== undefined && { above: last }),
      limit: PAGE,
    });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
};
