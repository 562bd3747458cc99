/** Heals and ends subscriptions: feeds and digests that nobody woke, subscriptions whose time is over (ASYNC: "sweep"). */

import type { Clock } from '../clock.ts';
import { digestLane, feedLane } from '../registry/lane-names.ts';
import { EXPIRED, endedSubscription } from '../registry/store-subscription.ts';
import { reviseSubscriptions } from '../registry/subscription-revision.ts';
import { EVENTS, OUTBOX, PUSHED, QUARANTINE, SUBSCRIPTIONS, type Subscription } from '../store/async-documents.ts';
import type { Documents, Lanes } from '../store/documents.ts';
import type { Sweeper } from './jobs.ts';

export interface SubscriptionSweepOptions {
  readonly documents: Documents;
  readonly lanes: Lanes;
  readonly clock: Clock;
  /** Ids of registries that tell changes. */
  readonly feeds: () => readonly string[];
  /** How long one whose time is over waits for its last messages to be delivered. */
  readonly graceMs?: number;
}

const GRACE_MS = 7 * 86_400_000;
const PAGE = 500;

export const createSubscriptionSweepers = (options: SubscriptionSweepOptions): readonly Sweeper[] => [
  () => wakeFeeds(options),
  () => wakeDigests(options),
  () => endExpired(options),
];

/** Registries with something to number or to read that no poll brings. */
const wakeFeeds = async ({ documents, lanes, feeds }: SubscriptionSweepOptions): Promise<void> => {
  for (const id of feeds()) {
    const [urgent] = await documents.find(EVENTS, { index: 'byUrgent', equals: [id, true], limit: 1 });
    const [pushed] = await documents.find(PUSHED, { index: 'byRegistry', equals: [id], limit: 1 });
    const [again] = await documents.find(QUARANTINE, { index: 'byRetry', equals: [id, true], limit: 1 });
    if (urgent !== undefined || pushed !== undefined || again !== undefined) await lanes.wake(feedLane(id), 0);
  }
};

const wakeDigests = async ({ documents, lanes, clock }: SubscriptionSweepOptions): Promise<void> => {
  const due = await documents.find(SUBSCRIPTIONS, { index: 'bySlot', equals: [true], upTo: clock(), limit: PAGE });
  for (const { _id } of due) await lanes.wake(digestLane(_id), 0);
};

const endExpired = async (options: SubscriptionSweepOptions): Promise<void> => {
  const { documents, clock } = options;
  const over = await documents.find(SUBSCRIPTIONS, { index: 'byEnd', equals: [true], upTo: clock(), limit: PAGE });
  const registries = new Set<string>();
  for (const subscription of over) {
    if (await stillTelling(subscription, options)) continue;
    if (await documents.replace(SUBSCRIPTIONS, endedSubscription(subscription, EXPIRED, clock())))
      registries.add(subscription.registry);
  }
  for (const registry of registries) await reviseSubscriptions(documents, registry, clock());
};

/** What happened in its time is still on its way: a last digest, or a message that was not delivered. */
const stillTelling = async (
  { _id, nextSlot, endAt }: Subscription,
  { documents, clock, graceMs = GRACE_MS }: SubscriptionSweepOptions,
): Promise<boolean> => {
  if (clock() >= endAt + graceMs) return false;
  if (nextSlot !== undefined && nextSlot <= endAt) return true;
  for (const state of ['undecided', 'decided'] as const) {
    const [event] = await documents.find(EVENTS, { index: 'bySubscription', equals: [_id, state], limit: 1 });
    if (event !== undefined) return true;
  }
  const [open] = await documents.find(OUTBOX, { index: 'byTurn', equals: [_id, true], limit: 1 });
  return open !== undefined && open.url !== undefined;
};
