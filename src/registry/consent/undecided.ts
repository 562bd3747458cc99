/**
 * Changes that could concern subscriptions whose consent a service decides. The feed does not wait for it: what it has seen is
 * kept by key, without a record, and told or dropped in the subscription's own lane, in order (`decide-events.ts`).
 */

import { toldEvent } from '../../dci/event-types.ts';
import { EVENTS, type Event } from '../../store/async-documents.ts';
import { K } from '../../store/document-key.ts';
import { type Documents, insertIfAbsentOf, wakeOf } from '../../store/documents.ts';
import type { CompiledSubscription } from '../compile-subscription.ts';
import type { Considered } from '../consider.ts';
import { decideLane } from '../lane-names.ts';
import { type Match, wants } from '../match.ts';
import type { SubscriptionIndex } from '../subscription-index.ts';
import type { Touched } from '../touched.ts';
import type { EventStore } from '../write-events.ts';

export interface Undecided {
  readonly considered: Considered;
  readonly subscription: CompiledSubscription;
  /** It is told only if the record left. */
  readonly onlyLeft: boolean;
}

/** By the id of a record: subscriptions that may yet be told of it. */
export type Pending = ReadonlyMap<string, ReadonlySet<string>>;

/** Subscriptions that may yet be told of one record. */
const MOST_PENDING = 100_000;
const INSERTS_A_GROUP = 500;

/** To be read before what was sent: an event goes from one to the other, and is in both for a while. */
export const readPending = async (
  touched: readonly Touched[],
  index: SubscriptionIndex,
  documents: Documents,
): Promise<Pending> => {
  const ids = new Set(touched.flatMap(({ recordType, id }) => (index.asks(recordType) ? [id] : [])));
  const found = [...ids].map(async (id) => [id, await subscriptionsOf(id, documents)] as const);
  return new Map(await Promise.all(found));
};

/** One event of each, however many wait: from one subscription the index leads to the next. */
const subscriptionsOf = async (id: string, documents: Documents): Promise<ReadonlySet<string>> => {
  const codes = new Set<string>();
  let above: string | undefined;
  while (codes.size < MOST_PENDING) {
    const after = above === undefined ? {} : { above };
    const [event] = await documents.find(EVENTS, { index: 'byRecord', equals: [id], ...after, limit: 1 });
    if (event === undefined) break;
    codes.add(event.sub);
    above = event.sub;
  }
  return codes;
};

/**
 * In the order of the page. A deletion, or a record that may have left, concerns only those that were sent it or may yet be
 * (of a row that is gone nobody could be asked about).
 */
export const putAside = (
  page: readonly Considered[],
  matches: readonly Match[],
  pending: Pending,
  { index, now }: { readonly index: SubscriptionIndex; readonly now: number },
): readonly Undecided[] => {
  const matched = Map.groupBy(
    matches.filter(({ subscription }) => subscription.decide !== undefined),
    ({ considered }) => considered,
  );
  return page.flatMap((considered) => {
    const { problem, touched, last, sent } = considered;
    if (problem !== undefined || !index.asks(touched.recordType)) return [];
    const aside = new Map<string, Undecided>();
    for (const { subscription, wanted } of matched.get(considered) ?? [])
      if (wanted) aside.set(subscription.subscription._id, { considered, subscription, onlyLeft: false });
    const known = last ? [...sent.map(({ sub }) => sub), ...(pending.get(touched.id) ?? [])] : [];
    for (const code of known) {
      const subscription = index.byCode(code);
      if (subscription?.decide === undefined || aside.has(code)) continue;
      if (wants(subscription, { ...considered, change: 'deleted', unchanged: false }, now))
        aside.set(code, { considered, subscription, onlyLeft: true });
    }
    return [...aside.values()];
  });
};

export interface UndecidedPage {
  readonly registry: string;
  /** Of the first event, and of the others by their place in the page. */
  readonly position: number;
  readonly places: ReadonlyMap<Considered, number>;
  readonly now: number;
}

/**
 * Keyed like all events; the lanes are woken in the store before the cursor moves.
 *
 * @returns ids of records of which an event was there already. It may have been decided in an older state of the record: the
 * next change is told whatever it is.
 */
export const writeUndecided = async (
  undecided: readonly Undecided[],
  page: UndecidedPage,
  { documents, sealer }: Pick<EventStore, 'documents' | 'sealer'>,
): Promise<ReadonlySet<string>> => {
  const repeated = new Set<string>();
  for (let from = 0; from < undecided.length; from += INSERTS_A_GROUP) {
    const group = undecided.slice(from, from + INSERTS_A_GROUP);
    const outcomes = await documents.apply(group.map((each) => insertIfAbsentOf(EVENTS, eventOf(each, page, sealer))));
    for (const [at, { considered }] of group.entries())
      if (outcomes[at] === 'exists') repeated.add(considered.touched.id);
  }
  const lanes = lanesOf(undecided);
  if (lanes.length > 0) await documents.apply(lanes.map((lane) => wakeOf(lane, 0)));
  return repeated;
};

export const lanesOf = (undecided: readonly Undecided[]): readonly string[] =>
  [...new Set(undecided.map(({ subscription }) => subscription.subscription._id))].map(decideLane);

const eventOf = (
  { considered, subscription, onlyLeft }: Undecided,
  { registry, position, places, now }: UndecidedPage,
  sealer: EventStore['sealer'],
): Event => {
  const { touched, change } = considered;
  const { _id: sub, event } = subscription.subscription;
  return {
    _id: K(sub, touched.id, touched.version),
    version: 1,
    sub,
    partner: subscription.partner.id,
    registry,
    recordType: touched.recordType,
    change,
    changeVersion: touched.version,
    state: 'undecided',
    record: touched.id,
    key: sealer.seal(JSON.stringify(touched.key)),
    ...(onlyLeft && { onlyLeft: true as const }),
    position: position + (places.get(considered) ?? 0),
    name: toldEvent(change, event),
    at: now,
  };
};
