/** Writes one subscription, keyed so that it meets itself and its like (ASYNC, "Subscribe"). */

import { canonicalText } from '../dci/canonical.ts';
import type { SubscribeItem } from '../dci/subscribe-request.ts';
import type { Sealer } from '../security/at-rest.ts';
import { SUBSCRIPTIONS, type Subscription } from '../store/async-documents.ts';
import { type Documents, insertOf, type Write, wakeOf } from '../store/documents.ts';
import type { Keyed } from './keyed.ts';
import { digestLane } from './lane-names.ts';
import { type PlannedSubscription, SubscriptionRefusal } from './plan-subscription.ts';

export interface NewSubscription {
  readonly code: string;
  readonly partner: string;
  readonly registry: string;
  readonly item: SubscribeItem;
  readonly planned: PlannedSubscription;
  /** Undefined: the partner reads its events by status. */
  readonly callbackUrl: string | undefined;
  /** Which request made it; absent: the operator. */
  readonly madeBy?: { readonly transaction: string; readonly item: number };
  readonly now: number;
}

export interface SubscriptionStore {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly keyed: Keyed;
}

/** @throws SubscriptionRefusal over the limit, or when the same subscription lives under another code */
export const storeSubscription = async (
  added: NewSubscription,
  perPartner: number,
  store: SubscriptionStore,
): Promise<Subscription> => {
  const { documents } = store;
  if (!(await hasRoom(added, perPartner, documents)))
    throw new SubscriptionRefusal('rjct.notify_details.invalid', `There are ${perPartner} live subscriptions.`);
  const subscription = makeSubscription(added, store);
  for (;;) {
    const writes: Write[] = [insertOf(SUBSCRIPTIONS, subscription)];
    const { nextSlot } = subscription;
    if (nextSlot !== undefined) writes.push(wakeOf(digestLane(added.code), Math.max(0, nextSlot - added.now)));
    const [outcome] = await documents.apply(writes);
    if (outcome === 'done') return subscription;
    const own = await documents.get(SUBSCRIPTIONS, added.code);
    if (own !== undefined) return own;
    if (!(await freeKey(subscription, added.now, documents)))
      throw new SubscriptionRefusal('rjct.event.already_subscribed', 'The same subscription exists already.');
  }
};

/**
 * Those count that live when it begins: one that goes on from the end of another takes its place. Of what is to come as many are
 * kept as there may be at a time, and no more.
 */
const hasRoom = async (
  { partner, planned: { startAt }, now }: NewSubscription,
  perPartner: number,
  documents: Documents,
): Promise<boolean> => {
  const equals = [partner, true] as const;
  if ((await documents.count(SUBSCRIPTIONS, { index: 'byPartner', equals })) < perPartner) return true;
  const limit = 4 * perPartner; // some may be over, and still have something to tell
  const found = await documents.find(SUBSCRIPTIONS, { index: 'byPartner', equals, limit });
  const open = found.filter(({ endAt }) => endAt > now);
  const beside = open.filter(({ endAt }) => endAt > startAt);
  return found.length < limit && open.length < 2 * perPartner && beside.length < perPartner;
};

const makeSubscription = (added: NewSubscription, { sealer, keyed }: SubscriptionStore): Subscription => {
  const { code, partner, registry, item, planned, callbackUrl, madeBy, now } = added;
  const { eventType, recordType, canonical, projection, startAt, endAt, firstSlot } = planned;
  const purposes = item.purpose === undefined ? [] : [item.purpose];
  const selected = projection === undefined ? [] : [JSON.stringify({ selected: projection.toSorted() })];
  const event = eventType.event ?? eventType.changes.join();
  return {
    _id: code,
    version: 1,
    partner,
    registry,
    live: true,
    liveKey: keyed(
      partner,
      registry,
      event,
      recordType,
      canonical,
      item.frequency ?? '',
      callbackUrl ?? '',
      ...purposes,
      ...selected,
    ),
    eventType: item.eventType ?? '',
    changes: eventType.changes,
    ...(eventType.event !== undefined && { event: eventType.event }),
    recordType,
    ...(item.purpose !== undefined && { purpose: item.purpose }),
    request: sealer.seal(canonicalText(item.filter ?? null, 'compact')),
    ...(callbackUrl !== undefined && { callbackUrl }),
    ...(item.frequency !== undefined && { frequency: item.frequency }),
    startAt,
    endAt,
    ...(firstSlot !== undefined && { nextSlot: firstSlot }),
    ...(madeBy !== undefined && madeBy),
    createdAt: now,
    changedAt: now,
  };
};

/**
 * One whose time is over holds its key until it has told everything, and one whose end is known until then: it gives it to
 * whoever subscribes again for what comes after. False: both would tell the same.
 */
const freeKey = async ({ liveKey, startAt = 0 }: Subscription, now: number, documents: Documents): Promise<boolean> => {
  if (liveKey === undefined) return true;
  const [holder] = await documents.find(SUBSCRIPTIONS, { index: 'liveKey', equals: [liveKey], limit: 1 });
  if (holder === undefined) return true;
  if (holder.endAt > Math.max(startAt, now)) return false;
  await documents.replace(SUBSCRIPTIONS, { ...holder, liveKey: undefined, changedAt: now });
  return true;
};

/** `by` of a subscription whose time is over. */
export const EXPIRED = 'expired';

/** One whose time is over still tells what happened in its time (PROTOCOL 8: never dropped); one that was cancelled tells nothing. */
export const mayTell = (subscription: Subscription | undefined): subscription is Subscription =>
  subscription !== undefined && (subscription.live || subscription.by === EXPIRED);

/** The same, no longer live. */
export const endedSubscription = (subscription: Subscription, by: string, now: number): Subscription => ({
  ...subscription,
  live: false,
  liveKey: undefined,
  nextSlot: undefined,
  by,
  changedAt: now,
});
