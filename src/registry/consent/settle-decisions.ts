/**
 * Writes what was decided of a subscription's events, in their order: one compare-and-set an event, so that the first decision
 * stands; what is remembered of it (`Sent`) is written from the decision itself, before the event waits to be numbered.
 */

import { EVENTS, type Event, SEEN, SENT, type Sent } from '../../store/async-documents.ts';
import { type Documents, insertIfAbsentOf, removeOf, replaceOf, type Write } from '../../store/documents.ts';
import { droppedEvent } from '../cancel-pending.ts';
import { type Considered, GONE } from '../consider.ts';
import type { Keyed } from '../keyed.ts';
import type { Telling, Told } from '../tell.ts';
import { aboutOf, type EventStore, LARGEST_BODY, quarantineOf, REFRESH_MS } from '../write-events.ts';
import type { KeyedEvent } from './decide-events.ts';

export interface Decisions {
  readonly telling: Telling;
  readonly eventOf: ReadonlyMap<Considered, Event>;
  /** Of events that cannot be told, beside those of `telling`. */
  readonly problems?: readonly { readonly each: KeyedEvent; readonly problem: string }[];
}

/** What nobody decided to tell is dropped. */
export const writeDecisions = async (
  page: readonly KeyedEvent[],
  { telling, eventOf, problems = [] }: Decisions,
  now: number,
  store: EventStore,
): Promise<void> => {
  const { documents, sealer } = store;
  const told = new Map(telling.told.map((each) => [eventOf.get(each.considered)?._id, each]));
  const stuck = new Map<string, string>([
    ...telling.problems.map(({ considered, problem }) => [eventOf.get(considered)?._id ?? '', problem] as const),
    ...problems.map(({ each, problem }) => [each.event._id, problem] as const),
  ]);
  await documents.apply(
    page.flatMap((each): Write[] => {
      const { event } = each;
      const problem = stuck.get(event._id);
      const mine = told.get(event._id);
      if (problem !== undefined) return [putAway(each, problem, now, sealer), replaceOf(EVENTS, droppedEvent(event))];
      if (mine === undefined) return [replaceOf(EVENTS, droppedEvent(event))];
      const text = JSON.stringify(mine.body);
      return text.length > LARGEST_BODY
        ? [putAway(each, 'too large', now, sealer), replaceOf(EVENTS, droppedEvent(event))]
        : [replaceOf(EVENTS, decidedEvent(event, mine, text, store))];
    }),
  );
};

const putAway = ({ event, key, keyText }: KeyedEvent, problem: string, now: number, sealer: EventStore['sealer']) => {
  const { recordType, record: id = '', changeVersion: version, change, registry } = event;
  const touched = { ...{ recordType, key, keyText, id, version, kind: change }, event: undefined, old: undefined };
  return quarantineOf({ touched, change }, problem, { registry, now }, sealer);
};

const decidedEvent = (
  event: Event,
  { change, name, subscription, consented, identifiers, about }: Told,
  text: string,
  { sealer, keyed }: EventStore,
): Event => ({
  ...event,
  ...{ state: 'decided', change, name, rightsVersion: subscription.rightsVersion, key: undefined, onlyLeft: undefined },
  ...(consented !== undefined && { persons: sealer.seal(JSON.stringify(consented)) }),
  ...(identifiers !== undefined && { identifiers: sealer.seal(JSON.stringify(identifiers)) }),
  body: sealer.seal(text),
  ...aboutOf(about, keyed),
});

const PAGE = 200;

/** What was decided and is remembered waits to be numbered. */
export const rememberDecided = async (sub: string, now: number, store: EventStore): Promise<void> => {
  const { documents } = store;
  for (;;) {
    const equals = [sub, 'decided'] as const;
    const page = await documents.find(EVENTS, { index: 'bySubscription', equals, limit: PAGE });
    for (const event of page) {
      const write = await memoryWrite(event, now, store);
      const waiting: Event = { ...event, state: 'waiting', record: undefined, identifiers: undefined };
      const outcomes = await documents.apply([...write, replaceOf(EVENTS, waiting)]);
      if (outcomes.at(-1) !== 'done') break; // another is at it: what is left is read again
    }
    if (page.length < PAGE) return;
  }
};

export const sentIdOf = ({ sub, record = '' }: Event, keyed: Keyed): string => keyed('sent', sub, record);

/** Of a record that is there, what it left by need not show in it: its next change is told whatever it is. */
const mayComeBack = async (record: string, documents: Documents): Promise<void> => {
  const seen = await documents.get(SEEN, record);
  if (seen !== undefined && seen.hash !== GONE && seen.hash !== '')
    await documents.replace(SEEN, { ...seen, hash: '' });
};

/** As `writeEvents` does it for what waits for nobody. */
const memoryWrite = async (
  event: Event,
  now: number,
  { documents, sealer, keyed }: EventStore,
): Promise<readonly Write[]> => {
  const { sub, record = '', recordType, change, identifiers } = event;
  const _id = sentIdOf(event, keyed);
  if (change === 'deleted') {
    await mayComeBack(record, documents);
    return [removeOf(SENT, _id)];
  }
  if (identifiers === undefined) return [];
  const known = await documents.get(SENT, _id);
  const memory: Sent = { _id, version: 1, sub, recordType, record, identifiers, at: now };
  if (known === undefined) return [insertIfAbsentOf(SENT, memory)];
  const same = now - known.at < REFRESH_MS && sealer.open(known.identifiers) === sealer.open(identifiers);
  if (same || (await documents.replace(SENT, { ...memory, version: known.version }))) return [];
  return [insertIfAbsentOf(SENT, memory)]; // forgotten or remembered anew meanwhile
};
