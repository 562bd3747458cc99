/** What each concerned subscription is told of a page: the record as its partner may see it, or what is left of it (PROTOCOL 8). */

import type { ConsentedPersons } from '../dci/enforced.ts';
import { toldEvent } from '../dci/event-types.ts';
import type { DciRecord } from '../mapping/mapping.ts';
import type { TriedIdentifier } from '../query/count-identifiers.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { ChangeKind, Sent } from '../store/async-documents.ts';
import type { CompiledSubscription } from './compile-subscription.ts';
import type { Considered } from './consider.ts';
import { identifiersIn } from './identified.ts';
import { identifiersOnly, stillShown } from './identifiers-only.ts';
import { createLeftByOld } from './left-by-old.ts';
import { keysByType, type Match, type Matching, wants } from './match.ts';
import { type ReadRecord, type ReadRecords, readRecords } from './read-records.ts';

export interface Told extends Drafted {
  /** Of whom it tells, whether the partner sees their identifiers or not. */
  readonly about: readonly TriedIdentifier[];
}

/** With the record as the standard has it. */
interface Drafted {
  readonly considered: Considered;
  readonly subscription: CompiledSubscription;
  readonly change: ChangeKind;
  /** `UPDATE`, `DEATH`. */
  readonly name: string;
  /** As the partner reads it; one object for all who read the same. */
  readonly body: DciRecord;
  /** Whose consent it rests on. */
  readonly consented?: ConsentedPersons | undefined;
  /** To be remembered, so that a deletion can be told: as the standard has them, whatever the partner reads. */
  readonly identifiers: DciRecord | undefined;
}

export interface Telling {
  readonly told: readonly Told[];
  /** Records that cannot be rendered for somebody. */
  readonly problems: readonly { readonly considered: Considered; readonly problem: string }[];
}

/** In the order of the page. */
export const tellPage = async (
  page: readonly Considered[],
  matches: readonly Match[],
  matching: Matching,
  sealer: Sealer,
): Promise<Telling> => {
  const shown = await readAsSeen(
    matches.filter(({ wanted }) => wanted),
    matching,
  );
  const told: Drafted[] = [];
  const problems: { considered: Considered; problem: string }[] = [];
  const matched = Map.groupBy(matches, ({ considered }) => considered);
  const leftByOld = createLeftByOld(matches, matching);
  for (const considered of page) {
    if (considered.problem !== undefined) problems.push({ considered, problem: considered.problem });
    const ours = matched.get(considered) ?? [];
    for (const match of ours) {
      if (!match.wanted) continue;
      const read = shown(match);
      if (considered.live && read?.problem !== undefined) problems.push({ considered, problem: read.problem });
      const one = considered.live ? recordFor(match, read, matching) : await remainsFor(match, read, matching, sealer);
      if (one !== undefined) told.push(one);
    }
    told.push(...leftBehind(considered, ours, matching, sealer));
    for (const { subscription, body } of await leftByOld(considered))
      told.push(goneFor(considered, subscription, body));
  }
  const aboutOf = createAboutOf(matching);
  const written = createWritten();
  return { told: told.map((each) => written({ ...each, about: aboutOf(each) })), problems };
};

/** Worked out once for all partners that are told the same. */
const createAboutOf = ({ mapping }: Matching): ((drafted: Drafted) => readonly TriedIdentifier[]) => {
  const known = new Map<DciRecord, readonly TriedIdentifier[]>();
  return ({ considered, body, consented }) => {
    const { touched, record } = considered;
    const model = mapping.records.get(touched.recordType);
    const about =
      known.get(body) ?? identifiersIn([record && model && identifiersOnly(record, model), body, consented]);
    known.set(body, about);
    return about;
  };
};

/** With the body as its partner reads it: written once for all partners that take the same record in the same way. */
const createWritten = (): ((told: Told) => Told) => {
  const known = new Map<DciRecord, Map<string, DciRecord>>();
  return (told) => {
    const { body, subscription, considered } = told;
    const { output } = subscription.view;
    if (output === undefined) return told;
    const written = known.get(body) ?? new Map<string, DciRecord>();
    known.set(body, written);
    const record = written.get(output.key) ?? output.write(considered.touched.recordType, body);
    written.set(output.key, record);
    return { ...told, body: record };
  };
};

/** Once for each set of rights and each selection: partners with equal rights who select the same see the same. */
const readAsSeen = async (
  matches: readonly Match[],
  { reading }: Matching,
): Promise<(match: Match) => ReadRecord | undefined> => {
  const read = new Map<string, ReadRecords>();
  const groups = Map.groupBy(matches, placeOf);
  for (const [place, group] of groups) {
    const [first] = group;
    if (first === undefined) continue;
    for (const [recordType, keys] of keysByType(group.map(({ considered }) => considered)))
      read.set(
        place,
        await readRecords(recordType, keys, first.subscription.view, reading, {
          subjects: first.subscription.persons,
          projection: projectionOf(first),
        }),
      );
  }
  return (match) => read.get(placeOf(match))?.get(match.considered.touched.keyText);
};

/** What is left of a record that is gone are its identifiers, whatever was selected. */
const projectionOf = ({ considered, subscription }: Match): readonly string[] | undefined =>
  considered.live ? subscription.projection : undefined;

const placeOf = (match: Match): string =>
  `${match.considered.touched.recordType}\n${JSON.stringify(projectionOf(match) ?? null)}\n${match.subscription.rights}`;

const nameOf = ({ subscription }: CompiledSubscription, change: ChangeKind): string =>
  toldEvent(change, subscription.event);

const recordFor = (
  { considered, subscription }: Match,
  read: ReadRecord | undefined,
  { mapping }: Matching,
): Drafted | undefined => {
  const { change, touched } = considered;
  const model = mapping.records.get(touched.recordType);
  const body = read?.record;
  if (body === undefined || model === undefined || read?.live !== true) return undefined;
  const remembers = subscription.subscription.changes.includes('deleted');
  const identifiers = remembers ? identifiersOnly(body, model) : undefined;
  const { subjects } = read;
  const consented = subjects && { purpose: subscription.subscription.purpose, persons: subjects };
  return { considered, subscription, change, name: nameOf(subscription, change), body, consented, identifiers };
};

/** Identifiers that were sent; else those of the row that is still there, or of the row as its source remembers it. */
const remainsFor = async (
  { considered, subscription }: Match,
  read: ReadRecord | undefined,
  { mapping, reading }: Matching,
  sealer: Sealer,
): Promise<Drafted | undefined> => {
  const { touched, sent } = considered;
  const model = mapping.records.get(touched.recordType);
  if (model === undefined) return undefined;
  const memory = sent.find(({ sub }) => sub === subscription.subscription._id);
  const body =
    (memory && stillShown(openSent(memory, sealer), model, subscription.view)) ??
    (read?.record && identifiersOnly(read.record, model)) ??
    (touched.old && (await reading.changes.tombstone(touched.recordType, touched.old, subscription.view)));
  return body && goneFor(considered, subscription, body);
};

/** Subscriptions that were sent the record and whose filter, or rights, it left. */
const leftBehind = (
  considered: Considered,
  matched: readonly Match[],
  { index, mapping, now }: Matching,
  sealer: Sealer,
): readonly Drafted[] => {
  const { sent, touched, last, problem } = considered;
  const model = mapping.records.get(touched.recordType);
  if (sent.length === 0 || !last || problem !== undefined || model === undefined) return [];
  // One that matches and did not ask for this kind of change was not left.
  const still = new Set(matched.map(({ subscription }) => subscription.subscription._id));
  return sent.flatMap((memory) => {
    const subscription = index.byCode(memory.sub);
    if (subscription === undefined || subscription.decide !== undefined || still.has(memory.sub)) return [];
    // What it left by need not show in the record: a consent, an attribute that is only searched.
    if (!wants(subscription, { ...considered, change: 'deleted', unchanged: false }, now)) return [];
    const body = stillShown(openSent(memory, sealer), model, subscription.view);
    return body === undefined ? [] : [goneFor(considered, subscription, body)];
  });
};

const goneFor = (considered: Considered, subscription: CompiledSubscription, body: DciRecord): Drafted => ({
  considered,
  subscription,
  change: 'deleted',
  name: nameOf(subscription, 'deleted'),
  body,
  identifiers: undefined,
});

/** Only `writeEvents` writes these texts. */
export const openSent = ({ identifiers }: Sent, sealer: Sealer): DciRecord =>
  JSON.parse(sealer.open(identifiers)) as DciRecord;
