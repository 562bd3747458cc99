/**
 * What a page of undecided changes becomes for one subscription, once a service was asked about every person in it: read
 * again by key, held against its filter, and told, as if those who did not consent were not there.
 */

import type { BoundChanges, Mapping } from '../../mapping/mapping.ts';
import type { Subject } from '../../mapping/subjects.ts';
import type { CallContext, EntityKey } from '../../plugin.ts';
import type { Sealer } from '../../security/at-rest.ts';
import type { Event, Sent } from '../../store/async-documents.ts';
import type { CompiledSubscription } from '../compile-subscription.ts';
import type { Considered } from '../consider.ts';
import { keyText } from '../keyed.ts';
import type { Match } from '../match.ts';
import { matchingKeys, type ReadRecord, type ReadRecords, readRecords } from '../read-records.ts';
import type { Registry } from '../registry.ts';
import { indexSubscriptions } from '../subscription-index.ts';
import { type Telling, tellPage } from '../tell.ts';
import { withoutAsking } from './narrow-view.ts';
import { rowsAlone } from './still-consented.ts';

export interface Deciding {
  readonly subscription: CompiledSubscription;
  readonly registry: Registry;
  readonly mapping: Mapping;
  readonly changes: BoundChanges;
  readonly sealer: Sealer;
  /** Of the subscription, by record. */
  readonly sent: ReadonlyMap<string, Sent>;
}

export interface KeyedEvent {
  readonly event: Event;
  readonly key: EntityKey;
  readonly keyText: string;
}

/** Only `writeUndecided` writes these texts. */
export const keyedEvent = (event: Event, sealer: Sealer): KeyedEvent => {
  const key = JSON.parse(sealer.open(event.key ?? '[]')) as EntityKey;
  return { event, key, keyText: keyText(key) };
};

const readingOf = ({ registry, changes }: Deciding, context: CallContext) => ({
  plugin: registry.plugin,
  changes,
  context,
});

const keysOf = (page: readonly KeyedEvent[]): readonly EntityKey[] => [
  ...new Map(page.map((each) => [each.keyText, each.key])).values(),
];

/** Each record as it is now, with whom it is of. */
export const readSubjects = (
  page: readonly KeyedEvent[],
  deciding: Deciding,
  context: CallContext,
): Promise<ReadRecords> => {
  const { subscription } = deciding;
  const { recordType } = subscription.subscription;
  const view = rowsAlone(withoutAsking(subscription.view));
  const subjects = subscription.decide?.policy.asks;
  return readRecords(recordType, keysOf(page), view, readingOf(deciding, context), { subjects });
};

export const tellDecided = async (
  page: readonly KeyedEvent[],
  read: ReadRecords,
  consented: readonly Subject[],
  deciding: Deciding,
  context: CallContext,
): Promise<{ readonly telling: Telling; readonly eventOf: ReadonlyMap<Considered, Event> }> => {
  const { mapping } = deciding;
  const subscription = narrowed(deciding.subscription, consented);
  const { recordType } = subscription.subscription;
  const filter = deciding.subscription.decide?.filter ?? subscription.condition.filter;
  const reading = readingOf(deciding, context);
  const satisfying = await matchingKeys(recordType, keysOf(page), subscription.view, filter, reading);
  const lastOf = new Map(page.map(({ event, keyText }) => [keyText, event]));
  const eventOf = new Map<Considered, Event>();
  const matches: Match[] = [];
  for (const each of page) {
    const found = read.get(each.keyText);
    // It was removed since: that has an event of its own.
    if (found?.live === false && each.event.change !== 'deleted') continue;
    const considered = consideredOf(each, found, lastOf.get(each.keyText) === each.event, deciding);
    eventOf.set(considered, each.event);
    // It is there again: of its deletion is told what was sent, then what it is now by an event of its own.
    const back = each.event.change === 'deleted' && considered.live;
    if (satisfying.has(each.keyText) && !back) matches.push({ considered, subscription, wanted: each.event.onlyLeft !== true }); // biome-ignore format: one look
  }
  const now = page[0]?.event.at ?? 0; // when they were seen it was in the subscription's time
  const matching = { reading, mapping, index: indexSubscriptions([subscription]), now };
  return { telling: await tellPage([...eventOf.keys()], matches, matching, deciding.sealer), eventOf };
};

const narrowed = (
  { decide, ...subscription }: CompiledSubscription,
  subjects: readonly Subject[],
): CompiledSubscription => {
  if (decide === undefined) return { ...subscription, decide }; // as the rights are now, nobody need be asked
  const consented = new Map<string, EntityKey[]>([...(decide.policy.asks ?? [])].map((type) => [type, []]));
  for (const { recordType, key } of subjects) consented.get(recordType)?.push(key);
  return { ...subscription, view: { ...subscription.view, consented }, decide: undefined };
};

const consideredOf = (
  { event, key, keyText }: KeyedEvent,
  read: ReadRecord | undefined,
  last: boolean,
  { sent, subscription }: Deciding,
): Considered => {
  const id = event.record ?? '';
  const memory = sent.get(id);
  return {
    touched: {
      ...{ recordType: event.recordType, key, keyText, id, version: event.changeVersion },
      // The feed saw that it is the event that is subscribed to.
      ...{ kind: event.change, event: subscription.subscription.event, old: undefined },
    },
    change: event.change,
    live: read?.live === true,
    record: undefined,
    problem: undefined,
    unchanged: false,
    last,
    hash: '',
    seen: undefined,
    sent: memory === undefined ? [] : [memory],
  };
};
