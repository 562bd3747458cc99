/** The lane `deliver:{partner}:{origin}`: sends what is due, of each subscription its lowest number only (ASYNC, "Deliver"). */

import type { Clock } from '../clock.ts';
import type { AttemptDelivery } from '../registry/attempt-delivery.ts';
import type { SettleDelivery } from '../registry/settle-delivery.ts';
import { OUTBOX, type OutboxEntry } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';
import { atOnce, createGate } from './at-once.ts';
import { createGathering } from './gather.ts';
import type { HeldLease } from './held-lease.ts';
import type { LaneHandler } from './jobs.ts';

export interface DeliverOptions {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly attempt: AttemptDelivery;
  readonly settle: SettleDelivery;
  readonly monotonic: () => number;
  /** Of one call. */
  readonly timeoutMs: number;
  /** Longest that it may take to find out whether those in a message still consent, before the call. */
  readonly consentMs: number;
  /** Calls at once to one endpoint, and to one partner; in this process. */
  readonly perEndpoint: number;
  readonly perPartner: number;
  /** Longest that the result of a call waits for others to be written with; 0: it is written at once. */
  readonly gatherMs?: number;
  /** How often what is due meanwhile is looked for while calls take their time; absent: once these are over. */
  readonly lookAgainMs?: number;
}

const BATCH = 500;
/** Of one subscription in one look: the others want their turn as well. */
const MOST_OF_A_SUBSCRIPTION = 50;
/** What waits for a lower number is looked at again then at the latest. */
const SHORTEST_PARKING_MS = 1_000;

const GATHER_MS = 20;
const GROUP = 64;
/** So many may have been received and would be sent again after a crash. */
const MOST_UNRECORDED = 64;

/** Looked for in this order: what fails meanwhile, in other hands, is in the second at the latest. */
const SENT_STATES = ['pending', 'retry'] as const;

export const createDeliver = (options: DeliverOptions): LaneHandler => {
  const { documents, clock, attempt, settle, monotonic } = options;
  const gate = createGate(options.perPartner);

  /** Undefined: the lease does not allow it. Else what is left to do, once the call is over and its place is free. */
  const post = (entry: OutboxEntry, held: HeldLease): Promise<(() => Promise<OutboxEntry | undefined>) | undefined> =>
    gate(entry.partner, async () => {
      const consentMs = entry.persons === undefined ? 0 : options.consentMs;
      if (!(await held.mayStart(consentMs + options.timeoutMs))) return undefined;
      const at = monotonic();
      const outcome = await attempt(entry);
      const ms = monotonic() - at;
      return () => settle(entry, outcome, ms);
    });

  /** A message of a subscription, and those that follow it. @returns false when the lease does not allow more */
  const sendInTurn = async (first: OutboxEntry, lane: string, held: HeldLease): Promise<boolean> => {
    let entry: OutboxEntry | undefined = first;
    for (let sent = 0; entry !== undefined && sent < MOST_OF_A_SUBSCRIPTION; sent++) {
      if (!isDue(entry, lane, clock())) return true;
      const settleIt = await post(entry, held);
      if (settleIt === undefined) return false;
      entry = await settleIt();
    }
    return true;
  };

  /** @returns false when the lease did not allow all */
  const sendAll = async (entries: readonly OutboxEntry[], lane: string, held: HeldLease): Promise<boolean> => {
    let stopped = false;
    /** Messages, and subscriptions, that are in hand until they are written. */
    const inHand = new Set(entries.map(handleOf));
    const recording = createGathering({ withinMs: options.gatherMs ?? GATHER_MS, group: GROUP, most: MOST_UNRECORDED });
    const send = async (entry: OutboxEntry): Promise<void> => {
      if (stopped || recording.failed) return;
      if (entry.sub !== undefined) {
        stopped = !(await sendInTurn(entry, lane, held)) || stopped;
        inHand.delete(entry.sub);
        return;
      }
      await recording.room();
      const settleIt = await post(entry, held);
      // Not waited for: the next call goes out meanwhile, and those that end at about the same time are written together.
      if (settleIt !== undefined) recording.add(() => settleIt().then(() => inHand.delete(entry._id)));
      else stopped = true;
    };
    /** One call that hangs holds up no other message: there are places for these. */
    const find = async (): Promise<readonly OutboxEntry[]> => {
      if (stopped || recording.failed) return [];
      const before = new Set(inHand); // what ends while it is read for is found as it was
      const { due } = await findDue(lane);
      const more = await inTurn(
        due.filter((entry) => !before.has(handleOf(entry))),
        lane,
      );
      for (const entry of more) inHand.add(handleOf(entry));
      return more;
    };
    const { lookAgainMs: everyMs, timeoutMs: forMs } = options;
    const meanwhile = everyMs === undefined ? undefined : { everyMs, forMs, find };
    await atOnce(entries, options.perEndpoint, send, meanwhile).finally(recording.written);
    return !stopped;
  };

  /** Of each subscription the message whose turn it is; the others wait until it can be its turn. */
  const inTurn = async (due: readonly OutboxEntry[], lane: string): Promise<readonly OutboxEntry[]> => {
    const turns = new Map<string, OutboxEntry | undefined>();
    const chosen: OutboxEntry[] = [];
    const parked: Promise<boolean>[] = [];
    for (const entry of due) {
      const { sub } = entry;
      if (sub === undefined) {
        chosen.push(entry);
        continue;
      }
      if (!turns.has(sub)) {
        const [lowest] = await documents.find(OUTBOX, { index: 'byTurn', equals: [sub, true], limit: 1 });
        turns.set(sub, lowest);
        if (lowest !== undefined && isDue(lowest, lane, clock())) chosen.push(lowest);
      }
      const lowest = turns.get(sub);
      if (lowest !== undefined && !isDue(lowest, lane, clock())) parked.push(park(entry, lowest));
    }
    await Promise.all(parked); // together: they share the store's writes
    return chosen;
  };

  const park = (entry: OutboxEntry, lowest: OutboxEntry): Promise<boolean> => {
    const dueAt = Math.max(lowest.dueAt, clock() + SHORTEST_PARKING_MS);
    return documents.replace(OUTBOX, { ...entry, dueAt });
  };

  const nextDueInMs = async (lane: string): Promise<number | undefined> => {
    const times: number[] = [];
    for (const state of SENT_STATES) {
      const [first] = await documents.find(OUTBOX, { index: 'byLane', equals: [lane, state], limit: 1 });
      if (first !== undefined) times.push(first.dueAt);
    }
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - clock());
  };

  const findDue = async (lane: string): Promise<{ readonly due: readonly OutboxEntry[]; readonly whole: boolean }> => {
    const upTo = clock();
    const found: (readonly OutboxEntry[])[] = [];
    for (const state of SENT_STATES)
      found.push(await documents.find(OUTBOX, { index: 'byLane', equals: [lane, state], upTo, limit: BATCH }));
    const due = found.flat().sort((a, b) => a.dueAt - b.dueAt);
    return { due, whole: found.every(({ length }) => length < BATCH) };
  };

  return async ({ lane, held }) => {
    const { due, whole } = await findDue(lane);
    const all = await sendAll(await inTurn(due, lane), lane, held);
    if (!all || !whole) return { more: true, nextDueInMs: undefined };
    const next = await nextDueInMs(lane);
    return { more: next === 0, nextDueInMs: next };
  };
};

const handleOf = ({ sub, _id }: OutboxEntry): string => sub ?? _id;

const isDue = ({ lane, state, dueAt }: OutboxEntry, here: string, now: number): boolean =>
  lane === here && (state === 'pending' || state === 'retry') && dueAt <= now;
