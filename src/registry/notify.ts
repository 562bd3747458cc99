/**
 * Numbers events into messages of the outbox (ASYNC "Notify" 4 to 6). There is no counter: the next number follows from the
 * highest entry there is, and of two who take the same one is refused.
 *
 * Order of each round: the highest entry is read; then what waits; what stands in that entry already is marked; only
 * then the next entry is inserted. So an event that waits when entry n + 1 is inserted stands in no entry up to n: it is
 * told once.
 */

import type { Clock } from '../clock.ts';
import type { ConsentedPersons } from '../dci/enforced.ts';
import { notifyMessage } from '../dci/notify-message.ts';
import type { Log } from '../log.ts';
import type { DciRecord } from '../mapping/mapping.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { Confidential } from '../security/encryption/ready-message.ts';
import type { Partner } from '../security/partner.ts';
import { EVENTS, type Event, OUTBOX, SUBSCRIPTIONS, type Subscription } from '../store/async-documents.ts';
import { K, uuidOf } from '../store/document-key.ts';
import { type Documents, insertOf, replaceOf, type Write, wakeOf } from '../store/documents.ts';
import { type Audited, createAuditEntry } from './audit.ts';
import { droppedEvent } from './cancel-pending.ts';
import type { Keyed } from './keyed.ts';
import { deliverLane } from './lane-names.ts';
import { auditId, auditWrites, draftEntry } from './outbox.ts';
import { enforcedOn, type PolicyOf } from './policy.ts';
import type { Registry } from './registry.ts';
import type { RightsVersion } from './rights-version.ts';
import { mayTell } from './store-subscription.ts';

export interface NotifyOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
  readonly partner: (id: string) => Partner | undefined;
  readonly registry: (id: string) => Registry | undefined;
  readonly rightsVersion: RightsVersion;
  readonly policyOf: PolicyOf;
  readonly keyed: Keyed;
  readonly confidential: Confidential;
  /** Our sender_id. */
  readonly senderId: string;
  /** Starts the lane in this process. */
  readonly wake: (lane: string) => void;
}

/**
 * Numbers what waits for a subscription up to a position, in order: `one` event an entry, or as `many` in one as fit.
 * Events of a subscription that was cancelled are dropped.
 */
export type NumberEvents = (code: string, each: 'one' | 'many', upTo?: number) => Promise<void>;

/** Waiting events looked at in one go, and most events of one message. */
const PAGE = 200;
/** Characters of bodies in one message: one document of the store holds it. */
const LARGEST_MESSAGE = 4_000_000;

export const createNumberEvents = (options: NotifyOptions): NumberEvents => {
  const { documents, wake } = options;
  return async (code, each, upTo = Number.MAX_SAFE_INTEGER) => {
    for (;;) {
      const [highest] = await documents.find(OUTBOX, { index: 'seq', equals: [code], order: 'desc', limit: 1 });
      const equals = [code, 'waiting'] as const;
      const waiting = await documents.find(EVENTS, { index: 'bySubscription', equals, upTo, limit: PAGE });
      if (waiting.length === 0) return;
      const told = new Set(highest?.events);
      const marked = waiting.filter(({ _id }) => told.has(_id));
      if (highest !== undefined && marked.length > 0) await documents.apply(auditWrites(highest)); // its writer may have ended
      const subscription = await documents.get(SUBSCRIPTIONS, code);
      if (!mayTell(subscription)) {
        await Promise.all(waiting.map((event) => documents.replace(EVENTS, droppedEvent(event))));
        continue;
      }
      await Promise.all(marked.map((event) => documents.replace(EVENTS, numbered(event))));
      const untold = waiting.filter(({ _id }) => !told.has(_id));
      const groups = each === 'one' ? untold.map((event) => [event]) : inMessages(untold);
      if (groups.length === 0) continue;
      const confidential = await options.confidential(subscription.partner);
      const writes = entriesOf(subscription, groups, highest?.seq ?? 0, { ...options, confidential });
      if (writes === undefined) {
        await dropUnreadable(untold, options);
        continue;
      }
      const { callbackUrl } = subscription;
      if (callbackUrl !== undefined) writes.push(wakeOf(deliverLane(subscription.partner, callbackUrl), 0));
      const outcomes = await documents.apply(writes);
      if (callbackUrl !== undefined && outcomes.includes('done')) wake(deliverLane(subscription.partner, callbackUrl));
      // Where the group ended early somebody else was at it: what is left is seen in the next round.
      if (waiting.length < PAGE && outcomes.every((outcome) => outcome === 'done')) return;
    }
  };
};

type DraftOptions = Omit<NotifyOptions, 'confidential'> & { readonly confidential: boolean };

/** Each entry, what is audited of it, then its events marked, before the next entry. Undefined: some event cannot be opened. */
const entriesOf = (
  subscription: Subscription,
  groups: readonly (readonly Event[])[],
  highest: number,
  options: DraftOptions,
): Write[] | undefined => {
  try {
    return groups.flatMap((events, index) => {
      const { entry, before } = draftNotification(subscription, events, highest + 1 + index, options);
      return [
        ...before,
        insertOf(OUTBOX, entry),
        ...auditWrites(entry),
        ...events.map((event) => replaceOf(EVENTS, numbered(event))),
      ];
    });
  } catch (cause) {
    if (groups.flat().every((event) => isReadable(event, options.sealer))) throw cause;
    return undefined;
  }
};

const isReadable = (event: Event, sealer: Sealer): boolean => {
  try {
    recordOf(event, sealer);
    if (event.persons !== undefined) personsOf(event.persons, sealer);
    return true;
  } catch {
    return false; // whatever it is: it will not become readable
  }
};

/** What lies in the store was damaged: such an event must not keep the feed of its registry from all others. */
const dropUnreadable = async (events: readonly Event[], { documents, sealer, log }: NotifyOptions): Promise<void> => {
  for (const event of events.filter((each) => !isReadable(each, sealer))) {
    log.error('event cannot be read: it is not told', { subscription: event.sub, event: event._id });
    await documents.replace(EVENTS, droppedEvent(event));
  }
};

const draftNotification = (
  subscription: Subscription,
  events: readonly Event[],
  seq: number,
  options: DraftOptions,
) => {
  const { sealer, keyed, clock, senderId, confidential } = options;
  const { _id: code, registry, callbackUrl: url } = subscription;
  const partner = options.partner(subscription.partner);
  const config = options.registry(registry)?.config;
  const at = clock();
  const messageId = uuidOf(code, seq);
  const envelope = notifyMessage({
    ...{ messageId, senderId, subscription: code, sequence: seq, at },
    receiverId: partner?.senderIds[0],
    domain: config?.domain ?? 'social',
    regType: config?.regType ?? '',
    enforced: partner && config && enforcedOn(partner, config, subscription.purpose, options.policyOf),
    events: events.map((event, index) => ({
      referenceId: uuidOf(code, seq, index), // not the event's own id, which follows from the record's key
      at: event.at,
      event: event.name,
      recordType: event.recordType,
      record: recordOf(event, sealer),
    })),
  });
  const ids = events.map(({ _id }) => _id);
  // A digest may be numbered days after its events were rendered.
  const rightsVersion =
    events[0]?.rightsVersion ?? options.rightsVersion(partner ?? { registries: new Map() }, registry);
  const id = K(code, seq);
  return draftEntry(
    {
      audit: createAuditEntry(keyed)(auditedOf(subscription, events, messageId), at, auditId(id)),
      ...{
        id,
        kind: 'notify',
        partner: subscription.partner,
        registry,
        rightsVersion,
        url,
        at,
        confidential,
      },
      ...{ sub: code, seq, events: ids, eventsKey: K(...ids), count: events.length, messageId, envelope },
      consented: events.flatMap(({ persons }) => (persons === undefined ? [] : [personsOf(persons, sealer)])),
    },
    sealer,
    keyed,
  );
};

const auditedOf = (
  { _id: sub, partner, registry, purpose }: Subscription,
  events: readonly Event[],
  messageId: string,
): Audited => ({
  ...{ partner, registry, action: 'notify', outcome: 'succ', count: events.length },
  ...(purpose !== undefined && { purposes: [purpose] }),
  identifiers: [...new Set(events.flatMap(({ about = [] }) => about))],
  ...{ transaction: messageId, sub },
});

/** Only `writeEvents` writes these texts. */
const recordOf = ({ body }: Event, sealer: Sealer): DciRecord =>
  body === undefined ? {} : (JSON.parse(sealer.open(body)) as DciRecord);

/** Only `writeEvents` writes these texts. */
const personsOf = (persons: string, sealer: Sealer): ConsentedPersons =>
  JSON.parse(sealer.open(persons)) as ConsentedPersons;

const numbered = (event: Event): Event => ({
  ...event,
  state: 'numbered',
  urgent: undefined,
  body: undefined,
  persons: undefined,
  about: undefined,
});

const inMessages = (events: readonly Event[]): readonly (readonly Event[])[] => {
  const groups: Event[][] = [];
  let size = 0;
  for (const event of events) {
    const more = event.body?.length ?? 0;
    const current = groups.at(-1);
    // One message was made with one set of rights.
    const other = current?.[0]?.rightsVersion !== event.rightsVersion;
    if (current === undefined || other || size + more > LARGEST_MESSAGE) {
      groups.push([event]);
      size = more;
    } else {
      current.push(event);
      size += more;
    }
  }
  return groups;
};
