/**
 * The lane `decide:{subscription}`: a service is asked whether those consented whose records changed; what it allows is told
 * in order, and what it does not takes no number. While it does not answer nothing of those who need it goes on, one of them asks
 * whether it is there again, and no other subscription waits.
 */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CallContext } from '../plugin.ts';
import { cancelPending } from '../registry/cancel-pending.ts';
import type { CompileSubscription } from '../registry/compile-subscription.ts';
import { askSubjects, firstOf } from '../registry/consent/ask-subjects.ts';
import { type Deciding, type KeyedEvent, keyedEvent, readSubjects, tellDecided } from '../registry/consent/decide-events.ts'; // biome-ignore format: one look
import type { ConsentDecider } from '../registry/consent/decider.ts';
import { rememberDecided, sentIdOf, writeDecisions } from '../registry/consent/settle-decisions.ts';
import type { NumberEvents } from '../registry/notify.ts';
import type { Registry } from '../registry/registry.ts';
import { mayTell } from '../registry/store-subscription.ts';
import { withDeadline } from '../registry/with-deadline.ts';
import type { EventStore } from '../registry/write-events.ts';
import { EVENTS, SENT, SUBSCRIPTIONS, type Subscription } from '../store/async-documents.ts';
import type { HeldLease } from './held-lease.ts';
import type { LaneHandler, Look } from './jobs.ts';
import { createServicePauses } from './service-pauses.ts';
import { createStuckDecisions } from './stuck-decisions.ts';

export interface DecideOptions extends EventStore {
  readonly clock: Clock;
  /** Milliseconds that only grow; absent: the clock's. */
  readonly monotonic?: () => number;
  readonly log: Log;
  readonly registry: (id: string) => Registry | undefined;
  readonly compile: CompileSubscription;
  readonly decider: ConsentDecider;
  /** The same, which remembers nothing. */
  readonly service: ConsentDecider;
  readonly numberEvents: NumberEvents;
}

type Subjects = Parameters<typeof askSubjects>[0];

const PAGE = 50;
/** Of reading a page's records. */
const READ_MS = 20_000;
/** Its partner is not active, or may not have it at the moment: what waits is held. */
const HELD_MS = 60_000;
/** Before a change is asked about again for which alone there was no answer. */
const ALONE_MS = 15_000;

const DONE: Look = { more: false, nextDueInMs: undefined };
const AGAIN: Look = { more: true, nextDueInMs: undefined };
const later = (nextDueInMs: number): Look => ({ more: false, nextDueInMs });

export const createDecide = (options: DecideOptions): LaneHandler => {
  const { documents, clock, log, sealer, keyed, decider } = options;
  const pauses = createServicePauses(options.monotonic ?? clock);
  const stuck = createStuckDecisions();

  const inTime = <Result>(work: (context: CallContext) => Promise<Result>): Promise<Result> =>
    withDeadline({ withinMs: READ_MS, abort: new AbortController(), requestId: randomUUID(), log }, work);

  /** Undefined: it may not be told at the moment. */
  const openDeciding = async (stored: Subscription, page: readonly KeyedEvent[]): Promise<Deciding | undefined> => {
    const registry = options.registry(stored.registry);
    const mapping = await registry?.mapping();
    const subscription = mapping && options.compile(stored, mapping);
    const changes = mapping?.changes;
    if (registry === undefined || mapping === undefined || changes === undefined || subscription === undefined)
      return undefined;
    const memories = await Promise.all(page.map(({ event }) => documents.get(SENT, sentIdOf(event, keyed))));
    const sent = new Map(memories.flatMap((each) => (each === undefined ? [] : [[each.record, each] as const])));
    return { subscription, registry, mapping, changes, sealer, sent };
  };

  const asking = async (subjects: Subjects, deciding: Deciding, held: HeldLease, of = decider) => {
    try {
      return await askSubjects(subjects, deciding, of, (ms) => held.mayStart(ms));
    } catch (cause) {
      if (!(cause instanceof GatewayError && cause.code === 'service.unavailable')) throw cause;
      const { subscription, partner } = deciding.subscription;
      log.warn('consent cannot be decided', { subscription: subscription._id, partner: partner.id, cause });
      return 'no answer' as const;
    }
  };

  /** Whether the service answers about somebody else who waits: what is remembered of it does not tell. */
  const answersOthers = async (others: Subjects, deciding: Deciding, held: HeldLease): Promise<boolean> => {
    const other = others.find(({ identifiers }) => identifiers !== undefined);
    const answer = other && (await asking([other], deciding, held, options.service));
    return answer !== undefined && answer !== 'no answer';
  };

  const serviceOf = ({ registry }: Subscription): string =>
    options.registry(registry)?.config.consent?.service?.url ?? registry;

  const putAway = async (page: readonly KeyedEvent[], problem: string): Promise<Look> => {
    const problems = page.map((each) => ({ each, problem }));
    await writeDecisions(page, { telling: { told: [], problems: [] }, eventOf: new Map(), problems }, clock(), options);
    return AGAIN;
  };

  const decidePage = async (stored: Subscription, all: readonly KeyedEvent[], held: HeldLease): Promise<Look> => {
    const { _id: code } = stored;
    const deciding = await openDeciding(stored, all);
    if (deciding === undefined) return later(HELD_MS);
    if (!(await held.mayStart(READ_MS))) return AGAIN;
    const read = await inTime((context) => readSubjects(all, deciding, context));
    const most = deciding.registry.config.consent?.service?.most ?? Number.POSITIVE_INFINITY;
    const { page, subjects } = firstOf(stuck.isAlone(code) ? all.slice(0, 1) : all, read, most);
    if (subjects.length > most) return putAway(page.slice(0, 1), 'more persons than may be asked about');
    const service = serviceOf(stored);
    pauses.asks(service);
    const consented = await asking(subjects, deciding, held);
    if (consented === 'no answer') {
      const others = firstOf(all, read, most).subjects.filter((each) => !subjects.includes(each));
      const answered = stuck.isAlone(code) && (await answersOthers(others, deciding, held));
      const given = stuck.failed(code, answered);
      if (!answered) return later(pauses.failed(service));
      pauses.answered(service);
      if (!given) return later(ALONE_MS);
      log.error('change put away: no answer about its persons', { subscription: code, partner: stored.partner });
      stuck.over(code);
      return putAway(page, 'consent cannot be decided');
    }
    if (subjects.length > 0) pauses.answered(service);
    stuck.answered(code);
    if (consented === undefined || !(await held.mayStart(READ_MS))) return AGAIN;
    const decisions = await inTime((context) => tellDecided(page, read, consented, deciding, context));
    await writeDecisions(page, decisions, clock(), options);
    return AGAIN;
  };

  return async ({ of: code, held }) => {
    const stored = await documents.get(SUBSCRIPTIONS, code);
    if (!mayTell(stored)) {
      await cancelPending(documents, code, clock());
      return DONE;
    }
    await rememberDecided(code, clock(), options);
    if (stored.frequency === undefined) await options.numberEvents(code, 'one');
    const events = await documents.find(EVENTS, { index: 'bySubscription', equals: [code, 'undecided'], limit: PAGE });
    if (events.length === 0) {
      stuck.over(code);
      return DONE;
    }
    const wait = pauses.left(serviceOf(stored));
    if (wait > 0) return later(wait);
    return decidePage(
      stored,
      events.map((event) => keyedEvent(event, sealer)),
      held,
    );
  };
};
