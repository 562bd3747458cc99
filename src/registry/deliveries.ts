/** What an operator does with messages: looks at them, sends them again, stops and resumes a subscription (PROTOCOL 4 and 8). */

import type { Clock } from '../clock.ts';
import type { Partner } from '../security/partner.ts';
import {
  ATTEMPTS,
  OUTBOX,
  type OutboxEntry,
  type OutboxState,
  SUBSCRIPTIONS,
  type Try,
} from '../store/async-documents.ts';
import { type Documents, replaceOf, wakeOf } from '../store/documents.ts';
import type { RightsVersion } from './rights-version.ts';
import { mayTell } from './store-subscription.ts';

export interface DeliveriesOptions {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly partner: (id: string) => Partner | undefined;
  readonly rightsVersion: RightsVersion;
}

export interface ListOptions {
  /** In the order in which messages go through them: one that moves meanwhile is met once. */
  readonly states: readonly OutboxState[];
  readonly partner?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly limit: number;
}

export interface ReplayOptions {
  /** Which are replayed where many are: dead letters by default. */
  readonly state?: 'dead' | 'held';
  /** Messages made with other rights than the partner has now are sent as well. */
  readonly despiteRights?: boolean;
}

/**
 * `not there`: no message of this id. `content gone`, `nowhere to go`: nothing can be sent. `subscription ended`: the partner
 * unsubscribed, or its subscription was cancelled. `rights changed`: see `despiteRights`.
 */
export type Replay =
  | 'replayed'
  | 'not there'
  | 'delivered'
  | 'content gone'
  | 'nowhere to go'
  | 'subscription ended'
  | 'rights changed'
  | 'on its way';

export interface Deliveries {
  /** Newest change first. */
  list(options: ListOptions): Promise<readonly OutboxEntry[]>;
  /** One with its attempts, oldest first. */
  show(id: string): Promise<{ readonly entry: OutboxEntry; readonly attempts: readonly Try[] } | undefined>;
  replay(id: string, options?: ReplayOptions): Promise<Replay>;
  /** Dead letters, or those that are held, since a time, of one partner or of all. @returns how many of each outcome */
  replaySince(
    since: number,
    partner: string | undefined,
    options?: ReplayOptions,
  ): Promise<ReadonlyMap<Replay, number>>;
  /** Stops a subscription's messages; they are kept. False: there is none, or it was cancelled. */
  pause(subscription: string): Promise<boolean>;
  /** Its messages go out again, the lowest number first. */
  resume(subscription: string): Promise<boolean>;
}

const MOST_ATTEMPTS = 1_000;
const PAGE = 200;
/** Replayed at once: they share the store's writes. */
const TOGETHER = 50;

export const createDeliveries = (options: DeliveriesOptions): Deliveries => {
  const { documents, clock } = options;

  /** Undefined: it may be sent again. */
  const obstacle = (entry: OutboxEntry, { despiteRights = false }: ReplayOptions): Replay | undefined => {
    if (entry.state === 'delivered') return 'delivered';
    if (entry.state === 'pending' || entry.state === 'retry' || entry.state === 'staged') return 'on its way';
    if (entry.message === undefined && entry.chunks === undefined) return 'content gone';
    if (entry.url === undefined || entry.lane === undefined) return 'nowhere to go';
    return despiteRights || currentRights(entry) === entry.rightsVersion ? undefined : 'rights changed';
  };

  const currentRights = ({ partner, registry }: OutboxEntry): string => {
    const found = options.partner(partner);
    return options.rightsVersion(found ?? { registries: new Map() }, registry);
  };

  const replay = async (id: string, wanted: ReplayOptions = {}): Promise<Replay> => {
    for (;;) {
      const entry = await documents.get(OUTBOX, id);
      if (entry === undefined) return 'not there';
      const problem = obstacle(entry, wanted);
      if (problem !== undefined) return problem;
      if (entry.sub !== undefined && !mayTell(await documents.get(SUBSCRIPTIONS, entry.sub)))
        return 'subscription ended';
      const now = clock();
      const again: OutboxEntry = {
        ...entry,
        ...{ state: 'pending', open: true, dueAt: now, firstDueAt: now, changedAt: now },
        ...{ rightsVersion: currentRights(entry), scheduleFrom: entry.attempts, refusals: 0 },
      };
      const [done] = await documents.apply([replaceOf(OUTBOX, again), wakeOf(entry.lane ?? '', 0)]);
      if (done === 'done') return 'replayed';
    }
  };

  /** Those in a state, by the time of their last change; one that changes meanwhile is not met again. */
  const inState = async function* (
    state: OutboxState,
    since: number,
    order: 'asc' | 'desc',
  ): AsyncGenerator<OutboxEntry> {
    const seen = new Set<string>();
    let limit = PAGE;
    let bound = order === 'asc' ? { from: since } : { from: since, upTo: Number.MAX_SAFE_INTEGER };
    for (;;) {
      const found = await documents.find(OUTBOX, { index: 'byState', equals: [state], ...bound, order, limit });
      const page = found.filter(({ _id }) => !seen.has(_id));
      if (page.length === 0 && found.length < limit) return;
      if (page.length === 0) limit *= 2; // so many changed in one millisecond
      for (const entry of page) {
        seen.add(entry._id);
        bound = order === 'asc' ? { from: entry.changedAt } : { from: since, upTo: entry.changedAt };
        yield entry;
      }
    }
  };

  const setPaused = async (code: string, paused: boolean): Promise<boolean> => {
    for (;;) {
      const subscription = await documents.get(SUBSCRIPTIONS, code);
      if (!mayTell(subscription)) return false;
      if ((subscription.paused === true) === paused) return true;
      if (await documents.replace(SUBSCRIPTIONS, { ...subscription, paused, changedAt: clock() })) return true;
    }
  };

  /** The lowest number is due now, with a schedule of its own: those behind it follow it. */
  const restart = async (code: string): Promise<void> => {
    for (;;) {
      const [lowest] = await documents.find(OUTBOX, { index: 'byTurn', equals: [code, true], limit: 1 });
      if (lowest?.lane === undefined) return;
      const now = clock();
      const due = { ...lowest, dueAt: now, firstDueAt: now, scheduleFrom: lowest.attempts, changedAt: now };
      const [done] = await documents.apply([replaceOf(OUTBOX, due), wakeOf(lowest.lane, 0)]);
      if (done === 'done') return;
    }
  };

  return {
    list: async ({ states, partner, since = 0, limit }) => {
      const listed = new Map<string, OutboxEntry>();
      for (const state of states) {
        let left = limit;
        for await (const entry of inState(state, since, 'desc')) {
          if (partner !== undefined && entry.partner !== partner) continue;
          listed.set(entry._id, entry);
          if (--left === 0) break;
        }
      }
      return [...listed.values()].sort((a, b) => b.changedAt - a.changedAt).slice(0, limit);
    },
    show: async (id) => {
      const entry = await documents.get(OUTBOX, id);
      if (entry === undefined) return undefined;
      const earlier = await documents.find(ATTEMPTS, { index: 'byDelivery', equals: [id], limit: MOST_ATTEMPTS });
      return { entry, attempts: entry.lastAttempt === undefined ? earlier : [...earlier, entry.lastAttempt] };
    },
    replay,
    replaySince: async (since, partner, wanted) => {
      const outcomes = new Map<Replay, number>();
      let together: Promise<Replay>[] = [];
      const settle = async (): Promise<void> => {
        for (const outcome of await Promise.all(together)) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        together = [];
      };
      for await (const { _id, partner: whose } of inState(wanted?.state ?? 'dead', since, 'asc')) {
        if (partner !== undefined && whose !== partner) continue;
        together.push(replay(_id, wanted));
        if (together.length === TOGETHER) await settle();
      }
      await settle();
      return outcomes;
    },
    pause: (code) => setPaused(code, true),
    resume: async (code) => {
      if (!(await setPaused(code, false))) return false;
      await restart(code);
      return true;
    },
  };
};
