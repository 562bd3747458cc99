/**
 * The lane `decide:{subscription}`: a service is asked whether those consented whose records changed; what it allows is told
 * in order, and what it does not takes no number. While it does not answer nothing of this subscription goes on, and no other
 * subscription waits.
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

export interface DecideOptions extends EventStore {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: (id: string) => Registry | undefined;
  readonly compile: CompileSubscription;
  readonly decider: ConsentDecider;
  readonly numberEvents: NumberEvents;
}

const PAGE = 50;
/** Of reading a page's records. */
const READ_MS = 20_000;
/** While the service does not answer: after the first time, the second, …; then the last. */
const PAUSES_MS = [1_000, 2_000, 5_000, 15_000, 30_000, 60_000];
/** Its partner is not active, or may not have it at the moment: what waits is held. */
const HELD_MS = 60_000;

const DONE: Look = { more: false, nextDueInMs: undefined };
const AGAIN: Look = { more: true, nextDueInMs: undefined };
const later = (nextDueInMs: number): Look => ({ more: false, nextDueInMs });

export const createDecide = (options: DecideOptions): LaneHandler => {
  const { documents, clock, log, sealer, keyed, decider } = options;
  const pauses = createPauses(clock);

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

  const decidePage = async (stored: Subscription, all: readonly KeyedEvent[], held: HeldLease): Promise<Look> => {
    const { _id: code } = stored;
    const deciding = await openDeciding(stored, all);
    if (deciding === undefined) return later(HELD_MS);
    if (!(await held.mayStart(READ_MS))) return AGAIN;
    const read = await inTime((context) => readSubjects(all, deciding, context));
    const most = deciding.registry.config.consent?.service?.most ?? Number.POSITIVE_INFINITY;
    const { page, subjects } = firstOf(all, read, most);
    if (subjects.length > most) {
      const [each] = page;
      const problems = each === undefined ? [] : [{ each, problem: 'more persons than may be asked about' }];
      await writeDecisions(page, { telling: { told: [], problems: [] }, eventOf: new Map(), problems }, clock(), options); // biome-ignore format: one look
      return AGAIN;
    }
    const consented = await askSubjects(subjects, deciding, decider, (ms) => held.mayStart(ms)).catch(
      (cause: unknown) => {
        if (!(cause instanceof GatewayError && cause.code === 'service.unavailable')) throw cause;
        log.warn('consent cannot be decided', { subscription: code, partner: stored.partner, cause });
        return 'no answer' as const;
      },
    );
    if (consented === 'no answer') return later(pauses.failed(code));
    pauses.over(code);
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
    if (events.length === 0) return DONE;
    const wait = pauses.left(code);
    if (wait > 0) return later(wait);
    return decidePage(
      stored,
      events.map((event) => keyedEvent(event, sealer)),
      held,
    );
  };
};

/** Of each subscription, in this process: another that takes the lane asks at once. */
const createPauses = (clock: Clock) => {
  const failures = new Map<string, { readonly count: number; readonly until: number }>();
  return {
    failed: (code: string): number => {
      const count = (failures.get(code)?.count ?? 0) + 1;
      const pause = PAUSES_MS[Math.min(count, PAUSES_MS.length) - 1] ?? 0;
      failures.set(code, { count, until: clock() + pause });
      return pause;
    },
    over: (code: string): void => void failures.delete(code),
    left: (code: string): number => Math.max(0, (failures.get(code)?.until ?? 0) - clock()),
  };
};
