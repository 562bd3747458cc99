/** How our own subscription at an upstream goes from one state to the next: from documents to documents, nothing else. */

import type { OwnSubscription, OwnSubscriptionItem } from '../../store/async-documents.ts';
import type { Acknowledgement, ItemAnswer } from './read-answers.ts';
import { referenceOf } from './requests.ts';
import type { SubscriptionOffer, Wanted } from './wanted.ts';

/** Before the second, third, … call of one that failed. */
const PAUSES_MS = [2_000, 5_000, 15_000, 60_000, 300_000, 900_000];
/** Before it is asked again for what it refused. */
const REFUSED_PAUSES_MS = [300_000, 900_000, 3_600_000];
/** Of the time that a subscription has: then another is to take its place. */
const RENEW_AFTER = 0.8;
/** Without a callback its status is asked for. */
const CONFIRM_MS = 30_000;
/** Codes to be ended that are kept, for an upstream that takes requests for ever and answers none: the last ones. */
const MOST_OLD = 500;
/** What an upstream says of one that lives already. */
const EXISTS = 'rjct.event.already_subscribed';

export const first = (id: string, { digest, items }: Wanted, now: number): OwnSubscription => ({
  ...{ _id: id, version: 1, wanted: digest, round: 1, askedAt: now, items, state: 'asking' },
  ...{ old: [], gap: false, failures: 0, dueAt: now },
});

/** Something else is wanted than was: all of it is asked for, what was there goes on until then. */
export const other = (own: OwnSubscription, { digest, items }: Wanted, now: number): OwnSubscription => ({
  ...own,
  ...{ wanted: digest, round: own.round + 1, askedAt: now, items, state: 'asking', failures: 0, dueAt: now },
  old: [...own.old, ...codesOf(own)],
  problem: undefined,
});

interface Again {
  /** Which items are asked for once more. */
  readonly items: (item: OwnSubscriptionItem) => boolean;
  /** Their codes may still live. */
  readonly endOld: boolean;
  /** Changes may have been missed. */
  readonly gap: boolean;
  readonly inMs?: number;
}

export const again = (own: OwnSubscription, { items, endOld, gap, inMs = 0 }: Again, now: number): OwnSubscription => {
  const chosen = own.items.filter(items);
  return {
    ...own,
    ...{ round: own.round + 1, askedAt: now + inMs, state: 'asking', dueAt: now + inMs, gap: own.gap || gap },
    items: own.items.map((item) => (chosen.includes(item) ? askedAgain(item) : item)),
    old: endOld ? [...own.old, ...chosen.flatMap(({ code }) => code ?? [])].slice(-MOST_OLD) : own.old,
  };
};

const askedAgain = ({ event, recordType }: OwnSubscriptionItem): OwnSubscriptionItem => ({
  ...{ event, recordType, state: 'asked' },
});

/** It took the request; of one item that it is done with already, nothing more will come. */
export const taken = (own: OwnSubscription, ack: Acknowledgement | undefined, now: number): OwnSubscription => {
  const asked = own.items.filter(({ state }) => state === 'asked');
  const coded = own.items.map((item): OwnSubscriptionItem => {
    const code = ack?.codes[asked.indexOf(item)];
    return item.state !== 'asked'
      ? item
      : { ...item, ...(code !== undefined && { code }), ...renewalOf(ack?.endAt, now) };
  });
  const known: OwnSubscription = { ...own, items: coded, state: 'asked', failures: 0, dueAt: now + CONFIRM_MS };
  if (ack === undefined) return known;
  if (ack.items.length > 0) return answered(known, ack.items, now);
  if (!ack.done || asked.length !== 1 || ack.codes.length === 0) return known;
  const items = coded.map((item) => (item.state === 'asked' ? { ...item, state: 'live' as const } : item)); // biome-ignore format: one look
  return { ...known, items, dueAt: now };
};

/** @param answers of the items that were asked for */
export const answered = (own: OwnSubscription, answers: readonly ItemAnswer[], now: number): OwnSubscription => {
  const asked = own.items.filter(({ state }) => state === 'asked');
  const items = own.items.map((item, index): OwnSubscriptionItem => {
    if (item.state !== 'asked') return item;
    const place = asked.indexOf(item);
    const found = answers.find(({ reference }, at) => (reference === undefined ? at === place : reference === referenceOf(index))); // biome-ignore format: one look
    return found === undefined ? item : answeredItem(item, found, now);
  });
  return { ...own, items, state: 'asked', dueAt: now }; // whatever became of the acknowledgement: it was taken
};

const answeredItem = (item: OwnSubscriptionItem, answer: ItemAnswer, now: number): OwnSubscriptionItem => {
  const { event, recordType } = item;
  const code = answer.code ?? item.code;
  const { renewAt } = { ...item, ...renewalOf(answer.endAt, now) };
  if (answer.accepted)
    return { ...{ event, recordType, state: 'live' }, ...(code !== undefined && { code }), ...(renewAt !== undefined && { renewAt }) }; // biome-ignore format: one look
  if (answer.reason === EXISTS) return { event, recordType, state: 'exists' };
  return { ...{ event, recordType, state: 'refused' }, ...(answer.reason !== undefined && { reason: answer.reason }) };
};

const renewalOf = (endAt: number | undefined, now: number): Pick<OwnSubscriptionItem, 'renewAt'> =>
  endAt === undefined || endAt <= now ? {} : { renewAt: now + (endAt - now) * RENEW_AFTER };

/** Its status says that what was asked for is there. */
export const confirmed = (own: OwnSubscription, codes: ReadonlySet<string>): OwnSubscription => ({
  ...own,
  items: own.items.map((item) =>
    item.state === 'asked' && codes.has(item.code ?? '') ? { ...item, state: 'live' } : item,
  ),
});

/** Every item has its answer. Where none told its end, it is when we asked for. */
export const settled = (
  asked: OwnSubscription,
  { checkMs, lifetimeMs }: Pick<SubscriptionOffer, 'checkMs' | 'lifetimeMs'>,
  now: number,
): OwnSubscription => {
  const renewal = lifetimeMs === undefined ? {} : renewalOf(asked.askedAt + lifetimeMs, asked.askedAt);
  const items = asked.items.map((item) => (item.state === 'live' ? { ...renewal, ...item } : item));
  const going = codesOf(asked); // where the upstream renewed one under the code it has, that one is not ended
  const own = { ...asked, items, old: asked.old.filter((code) => !going.includes(code)) };
  const refused = own.items.filter(({ state }) => state === 'refused');
  const reasons = [...new Set(refused.map(({ event, reason = 'no reason' }) => `${event}: ${reason}`))].join(', ');
  const problem = refused.length === 0 ? undefined : `the upstream refused ${reasons}`;
  if (refused.length === own.items.length) {
    const failures = own.failures + 1;
    return { ...own, state: 'refused', problem, failures, dueAt: now + pauseOf(REFUSED_PAUSES_MS, failures) };
  }
  return { ...own, state: 'live', problem, failures: 0, dueAt: nextLook(own, checkMs, now) };
};

/** When a live one is looked at again. */
export const nextLook = (own: OwnSubscription, checkMs: number, now: number): number =>
  own.old.length > 0 ? now : Math.min(now + checkMs, ...own.items.flatMap(({ renewAt }) => renewAt ?? []));

/** A call failed: it is made again, and what was told meanwhile may be lost. */
export const failed = (own: OwnSubscription, problem: string, now: number): OwnSubscription => {
  const failures = own.failures + 1;
  const gap = own.gap || own.state === 'live';
  return { ...own, problem, failures, gap, dueAt: now + pauseOf(PAUSES_MS, failures) };
};

/** It will not take the request as it is. */
export const turnedDown = (own: OwnSubscription, problem: string, now: number): OwnSubscription => {
  const failures = own.failures + 1;
  return { ...own, problem, failures, dueAt: now + pauseOf(REFUSED_PAUSES_MS, failures) };
};

const pauseOf = (pauses: readonly number[], failures: number): number =>
  pauses[Math.min(failures, pauses.length) - 1] ?? 0;

export const codesOf = ({ items }: Pick<OwnSubscription, 'items'>): readonly string[] =>
  items.flatMap(({ state, code }) => (code !== undefined && state !== 'refused' ? [code] : []));
