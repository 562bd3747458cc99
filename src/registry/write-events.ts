/** Writes what a page of changes became (ASYNC "Notify" 2): everything keyed, so that a page that is worked on again meets itself. */

import type { Sealer } from '../security/at-rest.ts';
import {
  EVENTS,
  type Event,
  QUARANTINE,
  type Quarantined,
  SEEN,
  SENT,
  type Seen,
  type Sent,
} from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import { type Documents, insertIfAbsentOf, removeOf, type Write } from '../store/documents.ts';
import { identifierHash, MOST_IDENTIFIERS } from './audit.ts';
import { type Undecided, writeUndecided } from './consent/undecided.ts';
import type { Considered } from './consider.ts';
import type { Keyed } from './keyed.ts';
import { openSent, type Telling, type Told } from './tell.ts';

export interface EventStore {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly keyed: Keyed;
}

export interface PageOfEvents extends Telling {
  readonly registry: string;
  /** All that were looked at, in order. */
  readonly considered: readonly Considered[];
  /** For subscriptions that wait for a decision. */
  readonly undecided: readonly Undecided[];
  /** Above every position that was given before. */
  readonly position: number;
  readonly now: number;
}

/** A group is one transaction on SQLite. */
const WRITES_A_GROUP = 500;
/** What is sent again is remembered anew now and then: it is forgotten by age. */
export const REFRESH_MS = 86_400_000;
export const LARGEST_BODY = 4_000_000; // characters; some databases refuse documents of 16 MB

/** @returns ids of touched records that were put aside */
export const writeEvents = async (page: PageOfEvents, store: EventStore): Promise<ReadonlySet<string>> => {
  const { documents } = store;
  const { fitting, oversized } = sortOut(page.told);
  const memories = fitting.map(({ told }) => memoryOf(told, page, store));
  // Before the events: of a record that is told, the deletion can be told.
  await Promise.all(memories.map((each) => each?.known && documents.replace(SENT, { ...each.memory, version: each.known.version }))); // biome-ignore format: one look
  await applyInGroups(
    documents,
    memories.flatMap((each) => (each === undefined || each.known ? [] : [insertIfAbsentOf(SENT, each.memory)])),
  );
  const places = new Map(page.considered.map((each, place) => [each, place]));
  const events = fitting.map(({ told, text }) => eventOf(told, text, places.get(told.considered) ?? 0, page, store)); // biome-ignore format: one look
  const outcomes = await applyInGroups(documents, events.map((event) => insertIfAbsentOf(EVENTS, event))); // biome-ignore format: one look
  const forgotten: Write[] = [];
  const repeated = new Set(await writeUndecided(page.undecided, { ...page, places }, store));
  for (const [index, { told }] of fitting.entries()) {
    const event = events[index];
    const old = event && outcomes[index] === 'exists' ? await documents.get(EVENTS, event._id) : undefined;
    const gone = told.change === 'deleted';
    const same = old === undefined || (old.change === 'deleted' && gone);
    // An earlier look at this page wrote it, perhaps in an older state of the record: the next change is told whatever it is.
    if (!same) repeated.add(told.considered.touched.id);
    if (same && gone) forgotten.push(removeOf(SENT, sentId(told, store.keyed)));
    // It left, and may come back by what it left by, which need not show in it.
    if (gone && told.considered.live) repeated.add(told.considered.touched.id);
  }
  await applyInGroups(documents, forgotten);
  await applyInGroups(documents, [
    ...page.problems.map(({ considered, problem }) => quarantineOf(considered, problem, page, store.sealer)),
    ...oversized.map(({ considered }) => quarantineOf(considered, 'too large', page, store.sealer)),
  ]);
  const aside = new Set([...page.problems, ...oversized].map(({ considered }) => considered.touched.id));
  await writeSeen(page, repeated, aside, documents);
  return aside;
};

interface Fitting {
  readonly told: Told;
  readonly text: string;
}

const sortOut = (told: readonly Told[]): { fitting: readonly Fitting[]; oversized: readonly Told[] } => {
  const texts = new Map<object, string>(); // partners with equal rights share a body
  const all = told.map((each) => {
    const text = texts.get(each.body) ?? JSON.stringify(each.body);
    texts.set(each.body, text);
    return { told: each, text };
  });
  return {
    fitting: all.filter(({ text }) => text.length <= LARGEST_BODY),
    oversized: all.filter(({ text }) => text.length > LARGEST_BODY).map((each) => each.told),
  };
};

const eventOf = (
  { considered, subscription, change, name, consented, about }: Told,
  text: string,
  place: number,
  page: PageOfEvents,
  { sealer, keyed }: EventStore,
): Event => ({
  // biome-ignore format: one look
  _id: K(subscription.subscription._id, considered.touched.id, considered.touched.version),
  version: 1,
  sub: subscription.subscription._id,
  partner: subscription.partner.id,
  registry: page.registry,
  recordType: considered.touched.recordType,
  change,
  changeVersion: considered.touched.version,
  state: 'waiting',
  ...(subscription.subscription.frequency === undefined && { urgent: true as const }),
  position: page.position + place,
  name,
  rightsVersion: subscription.rightsVersion,
  ...(consented !== undefined && { persons: sealer.seal(JSON.stringify(consented)) }),
  body: sealer.seal(text),
  ...aboutOf(about, keyed),
  at: page.now,
});

export const aboutOf = (about: Told['about'], keyed: Keyed): Pick<Event, 'about'> =>
  about.length === 0 ? {} : { about: about.slice(0, MOST_IDENTIFIERS).map((each) => identifierHash(keyed, each)) };

const sentId = ({ subscription, considered }: Told, keyed: Keyed): string =>
  keyed('sent', subscription.subscription._id, considered.touched.id);

/** The identifiers that are told, where they are not remembered yet or for long; `known` is what was remembered. */
const memoryOf = (
  told: Told,
  { now }: PageOfEvents,
  { sealer, keyed }: EventStore,
): { readonly memory: Sent; readonly known: Sent | undefined } | undefined => {
  const { considered, subscription, identifiers } = told;
  if (identifiers === undefined) return undefined;
  const { recordType, id: record } = considered.touched;
  const text = JSON.stringify(identifiers);
  const _id = sentId(told, keyed);
  const known = considered.sent.find((memory) => memory._id === _id);
  const fresh = known !== undefined && now - known.at < REFRESH_MS;
  if (fresh && JSON.stringify(openSent(known, sealer)) === text) return undefined;
  const sub = subscription.subscription._id;
  return { memory: { _id, version: 1, sub, recordType, record, identifiers: sealer.seal(text), at: now }, known };
};

export const quarantineOf = (
  { touched, change }: Pick<Considered, 'touched' | 'change'>,
  reason: string,
  { registry, now }: Pick<PageOfEvents, 'registry' | 'now'>,
  sealer: Sealer,
): Write => {
  const { recordType, key, version: changeVersion } = touched;
  const entry: Quarantined = {
    ...{ _id: K(touched.id), version: 1, registry, recordType, key: sealer.seal(JSON.stringify(key)) },
    ...{ change, changeVersion, reason, at: now },
  };
  return insertIfAbsentOf(QUARANTINE, entry);
};

/** The state in which the page leaves each record; a comparison that is lost was won by another look at the same. */
const writeSeen = async (
  { considered, registry, now }: PageOfEvents,
  repeated: ReadonlySet<string>,
  aside: ReadonlySet<string>,
  documents: Documents,
): Promise<void> => {
  const last = new Map(considered.map((each) => [each.touched.id, each]));
  const inserted: Write[] = [];
  const replaced: Seen[] = [];
  for (const [id, { seen, hash }] of last) {
    const known = repeated.has(id) || aside.has(id) ? '' : hash;
    if (seen === undefined)
      inserted.push(insertIfAbsentOf(SEEN, { _id: id, version: 1, registry, hash: known, at: now })); // biome-ignore format: one look
    else if (seen.hash !== known) replaced.push({ ...seen, hash: known, at: now });
  }
  await applyInGroups(documents, inserted);
  await Promise.all(replaced.map((seen) => documents.replace(SEEN, seen)));
};

/** None of these writes ends a group. */
const applyInGroups = async (documents: Documents, writes: readonly Write[]) => {
  const outcomes = [];
  for (let from = 0; from < writes.length; from += WRITES_A_GROUP)
    outcomes.push(...(await documents.apply(writes.slice(from, from + WRITES_A_GROUP))));
  return outcomes;
};
