/** Feeds, digests and what comes in about them: the lanes beside searches and deliveries. */

import type { Clock } from '../clock.ts';
import type { Config, ConsentConfig } from '../config/config.ts';
import { createDecide } from '../jobs/decide.ts';
import { createDigest } from '../jobs/digest.ts';
import { createFeed } from '../jobs/feed.ts';
import { heedLimits } from '../jobs/heed-limits.ts';
import type { LaneHandlers, Sweeper } from '../jobs/jobs.ts';
import { createSubscriptionSweepers } from '../jobs/sweep-subscriptions.ts';
import { createUpstreamLane } from '../jobs/upstream.ts';
import type { Log } from '../log.ts';
import { createCompileSubscription } from '../registry/compile-subscription.ts';
import type { ConsentDecider } from '../registry/consent/decider.ts';
import { createKeyed } from '../registry/keyed.ts';
import { createLiveSubscriptions } from '../registry/live-subscriptions.ts';
import { createNumberEvents } from '../registry/notify.ts';
import { createNumberUrgent } from '../registry/number-urgent.ts';
import { createPolicyOf } from '../registry/policy.ts';
import { createProcessChanges } from '../registry/process-changes.ts';
import { createPush, type Push } from '../registry/push.ts';
import { createReceive, type Receive } from '../registry/receive.ts';
import type { Registry } from '../registry/registry.ts';
import { createReread } from '../registry/reread.ts';
import { createRightsVersion } from '../registry/rights-version.ts';
import { createTakeSingles } from '../registry/single-records.ts';
import { createKeepSubscribed } from '../registry/subscribed/keep-subscribed.ts';
import { createSubscriptionStates, type SubscriptionStates } from '../registry/subscribed/subscription-state.ts';
import { createTakeSubscribed } from '../registry/subscribed/take-subscribed.ts';
import { createTakeNotifications } from '../registry/take-notifications.ts';
import { createTakeRelayed } from '../registry/take-relayed.ts';
import type { Partner } from '../security/partner.ts';
import type { Store } from '../store/store.ts';
import type { Security } from './open-security.ts';

export interface SubscriptionsInput {
  readonly config: Config;
  readonly store: Store;
  readonly security: Security;
  readonly registries: readonly Registry[];
  readonly clock: Clock;
  readonly log: Log;
  /** Asked about consent. */
  readonly decider: ConsentDecider;
  /** The same, which remembers nothing. */
  readonly service: ConsentDecider;
  /** Starts a lane in this process. */
  readonly wake: (lane: string) => void;
}

export interface Subscriptions {
  readonly handlers: LaneHandlers;
  readonly sweepers: readonly Sweeper[];
  readonly push: Push;
  readonly receive: Receive;
  /** Of our own subscriptions at upstreams. */
  readonly states: SubscriptionStates;
}

export const openSubscriptions = (input: SubscriptionsInput): Subscriptions => {
  const { config, store, security, registries, clock, log, wake, decider, service } = input;
  const { documents, lanes } = store;
  const byId = new Map(registries.map((each) => [each.config.id, each]));
  const consentOf = (id: string): ConsentConfig | undefined => byId.get(id)?.config.consent;
  const shared = {
    ...{ documents, clock, log, wake, decider },
    sealer: security.sealer,
    keyed: createKeyed(security.hmacKey),
    rightsVersion: createRightsVersion(consentOf),
    consentOf,
    policyOf: createPolicyOf(),
    partner: (id: string): Partner | undefined => security.directory.byId(id),
    registry: (id: string): Registry | undefined => byId.get(id),
    senderId: config.identity.id,
  };
  const compile = createCompileSubscription({ ...shared, limits: config.limits });
  const process = createProcessChanges({ ...shared, live: createLiveSubscriptions({ ...shared, compile }) });
  const numberEvents = createNumberEvents({
    ...shared,
    confidential: security.confidential,
  });
  // What waits in this process does not wait longer where the clock is put back.
  const monotonic = (): number => performance.now();
  const feed = createFeed({
    ...{ ...shared, monotonic },
    process,
    numberUrgent: createNumberUrgent(documents, numberEvents),
    takeSingles: createTakeSingles({ ...shared, process }),
    begin: config.subscriptions.begin,
  });
  const push = createPush(shared);
  const takeNotifications = createTakeNotifications({ ...shared, push });
  const takeRelayed = createTakeRelayed(shared);
  const takeSubscribed = createTakeSubscribed(shared);
  const keepSubscribed = createKeepSubscribed({ ...shared, reread: createReread(shared) });
  const receive = createReceive(documents, clock);
  // Whether a registry tells changes its mapping says, once its backend was reached: a feed without any has nothing to do.
  const feeds = (): readonly string[] => [...byId.keys()];
  return {
    handlers: {
      feed: heedLimits(feed, { clock: monotonic, log }),
      digest: createDigest({ ...shared, numberEvents, timezone: config.subscriptions.timezone }),
      upstream: createUpstreamLane({ ...shared, keepSubscribed }),
      decide: heedLimits(createDecide({ ...shared, monotonic, service, compile, numberEvents }), {
        clock: monotonic,
        log,
      }),
    },
    sweepers: createSubscriptionSweepers({ documents, lanes, clock, feeds }),
    push,
    states: createSubscriptionStates(documents, registries),
    receive: async (call) => {
      await takeNotifications(call);
      await takeRelayed(call);
      await takeSubscribed(call);
      await receive(call);
    },
  };
};
