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
  /** Above every position that was given before. */
  readonly position: number;
  readonly now: number;
}

/** A group is one transaction on SQLite. */
const WRITES_A_GROUP = 500;
/** What is sent again is remembered anew now and then: it is forgotten by age. */
const REFRESH_MS = 86_400_000;
const LARGEST_BODY = 4_000_000; // characters; some databases refuse documents of 16 MB

export const writeEvents = async (page: PageOfEvents, store: EventStore): Promise<void> => {
  const { documents } = store;
  const { fitting, oversized } = sortOut(page.told);
  const places = new Map(page.considered.map((each, place) => [each, place]));
  const events = fitting.map(({ told, text }) =>
    eventOf(told, text, places.get(told.considered) ?? 0, page, store.sealer),
  );
  const outcomes = await applyInGroups(documents, events.map((event) => insertIfAbsentOf(EVENTS, event))); // biome-ignore format: one look
  const remembered: Write[] = [];
  const repeated = new Set<string>();
  for (const [index, { told }] of fitting.entries()) {
    const event = events[index];
    if (event === undefined) continue;
    const old = outcomes[index] === 'exists' ? await documents.get(EVENTS, event._id) : undefined;
    const same = old === undefined || (old.change === 'deleted' && told.change === 'deleted');
    // An earlier look at this page wrote it, perhaps in an older state of the record: the next change is told whatever it is.
    if (!same) repeated.add(told.considered.touched.id);
    if (same || old?.change === told.change) remembered.push(...memoryOf(told, page, store));
  }
  await applyInGroups(documents, remembered);
  await applyInGroups(documents, [
    ...page.problems.map(({ considered, problem }) => quarantineOf(considered, problem, page, store.sealer)),
    ...oversized.map(({ considered }) => quarantineOf(considered, 'too large', page, store.sealer)),
  ]);
  await writeSeen(page, repeated, documents);
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
  { considered, subscription, change, name }: Told,
  text: string,
  place: number,
  page: PageOfEvents,
  sealer: Sealer,
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
  body: sealer.seal(text),
  at: page.now,
});

/** After a record, its identifiers are remembered; after a deletion they are forgotten. */
const memoryOf = (told: Told, { now }: PageOfEvents, { sealer, keyed }: EventStore): readonly Write[] => {
  const { considered, subscription, change, identifiers } = told;
  const { touched, sent } = considered;
  const sub = subscription.subscription._id;
  const _id = keyed('sent', sub, touched.id);
  if (change === 'deleted') return [removeOf(SENT, _id)];
  if (identifiers === undefined) return [];
  const text = JSON.stringify(identifiers);
  const known = sent.find((memory) => memory._id === _id);
  const fresh = known !== undefined && now - known.at < REFRESH_MS;
  if (fresh && JSON.stringify(openSent(known, sealer)) === text) return [];
  const { recordType, id: record } = touched;
  const memory: Sent = { _id, version: 1, sub, recordType, record, identifiers: sealer.seal(text), at: now };
  return [...(known === undefined ? [] : [removeOf(SENT, _id)]), insertIfAbsentOf(SENT, memory)];
};

const quarantineOf = (
  { touched, change }: Considered,
  reason: string,
  { registry, now }: PageOfEvents,
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
  { considered, registry, now, problems }: PageOfEvents,
  repeated: ReadonlySet<string>,
  documents: Documents,
): Promise<void> => {
  const failed = new Set(problems.map((each) => each.considered.touched.id));
  const last = new Map(considered.map((each) => [each.touched.id, each]));
  const inserted: Write[] = [];
  const replaced: Seen[] = [];
  for (const [id, { seen, hash }] of last) {
    const known = repeated.has(id) || failed.has(id) ? '' : hash;
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
