/** The lane `feed:{registry}`: changes become events, events become messages (ASYNC "Notify"). */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { BoundChanges, Mapping } from '../mapping/mapping.ts';
import type { ChangePage, ChangeSource } from '../plugin.ts';
import {
  type FeedState,
  isUnmoved,
  moveFeed,
  nextPosition,
  raiseFeed,
  readFeedState,
  type SourceState,
} from '../registry/feed-state.ts';
import type { Keyed } from '../registry/keyed.ts';
import { noteSilently } from '../registry/note-silently.ts';
import type { NumberUrgent } from '../registry/number-urgent.ts';
import type { ProcessChanges } from '../registry/process-changes.ts';
import type { Registry } from '../registry/registry.ts';
import type { TakeSingles } from '../registry/single-records.ts';
import { touchedBy } from '../registry/touched.ts';
import { withDeadline } from '../registry/with-deadline.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { Documents } from '../store/documents.ts';
import type { HeldLease } from './held-lease.ts';
import type { LaneHandler, Look } from './jobs.ts';

export interface FeedOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** Milliseconds that only grow; absent: the clock's. */
  readonly monotonic?: () => number;
  readonly log: Log;
  readonly keyed: Keyed;
  readonly registry: (id: string) => Registry | undefined;
  readonly process: ProcessChanges;
  readonly numberUrgent: NumberUrgent;
  /** Pushed keys, and rows that are tried again. */
  readonly takeSingles: TakeSingles;
  /** Of a registry whose changes were never read: with what changes from now on, or with all there is. */
  readonly begin: 'now' | 'all';
}

const CHANGES_A_PAGE = 100;
/** Of what is only noted: nothing is read or matched. */
const NOTED_A_PAGE = 1_000;
/** Longest time that one page takes, with all that follows from it. */
const PAGE_MS = 30_000;
const NOTHING: Look = { more: false, nextDueInMs: undefined };
const AGAIN: Look = { more: true, nextDueInMs: undefined };

export const createFeed = (options: FeedOptions): LaneHandler => {
  const { documents, clock } = options;
  const polled = createPolls(options.monotonic ?? clock);
  return async ({ of: id, held }) => {
    const registry = options.registry(id);
    const mapping = await registry?.mapping();
    const changes = mapping?.changes;
    if (registry === undefined || mapping === undefined || changes === undefined) return NOTHING;
    if (!(await held.mayStart(PAGE_MS))) return AGAIN;
    await options.numberUrgent(id); // what a crash left, before what follows it
    const state = await readFeedState(documents, options.sealer, id, clock());
    const bound = { registry, mapping, changes };
    if (
      polled.maySingles(id) &&
      (await takeSingles(bound, state, options).catch((cause: unknown) => {
        if (changes.sources.length > 0) polled.failedSingles(id);
        throw cause;
      }))
    )
      return AGAIN;
    const source = polled.next(id, changes, state);
    if (source === undefined) return { more: false, nextDueInMs: polled.waitOf(id, changes, state) };
    if (!(await held.mayStart(PAGE_MS))) return AGAIN; // what was numbered took its time
    polled.begin(id, source, state);
    const page = await readPage(bound, source, state, held, options).catch((cause: unknown) => {
      if (changes.sources.length > 1) polled.failed(id, source);
      throw cause;
    });
    if (page === undefined) return AGAIN;
    if (!page.more) polled.done(id, source, changes.everyMs);
    await options.numberUrgent(id);
    return polled.next(id, changes, state) === undefined && !page.more
      ? { more: false, nextDueInMs: polled.waitOf(id, changes, state) }
      : AGAIN;
  };
};

interface Bound {
  readonly registry: Registry;
  readonly mapping: Mapping;
  readonly changes: BoundChanges;
}

/** Whether there were any. */
const takeSingles = async ({ registry, mapping, changes }: Bound, state: FeedState, options: FeedOptions) => {
  const { documents, clock, log } = options;
  const position = nextPosition(state, clock());
  const raise = (count: number): Promise<boolean> => raiseFeed(documents, state, position + count, clock());
  return withDeadline({ withinMs: PAGE_MS, abort: new AbortController(), requestId: randomUUID(), log }, (context) =>
    options.takeSingles({ registry, mapping, changes, position, raise, context }),
  );
};

/** Undefined: another was faster. */
const readPage = async (
  { registry, mapping, changes }: Bound,
  source: ChangeSource,
  state: FeedState,
  held: HeldLease,
  options: FeedOptions,
): Promise<ChangePage | undefined> => {
  const { documents, clock, log, keyed, begin } = options;
  const { id } = registry.config;
  const before = state.sources[source.id];
  const silent = before === undefined ? begin === 'now' && readsAll(source) : before.silent === true;
  const position = nextPosition(state, clock());
  const deadline = { withinMs: PAGE_MS, abort: new AbortController(), requestId: randomUUID(), log };
  return withDeadline(deadline, async (context) => {
    const request = {
      source,
      cursor: before?.cursor,
      begin: silent ? ('all' as const) : begin,
      limit: silent ? NOTED_A_PAGE : CHANGES_A_PAGE,
    };
    const page = await registry.plugin.changes?.(request, context);
    if (page === undefined || held.lost) return undefined;
    const touched = touchedBy(source, page.changes, id, keyed);
    // Another has ended the begin: what was read since may be new, and would be known as there before.
    if (silent && !(await isUnmoved(documents, state))) return undefined;
    if (silent) await noteSilently(documents, id, touched, clock());
    else await options.process({ registry, mapping, changes, touched, position, context });
    const to: SourceState = { cursor: page.cursor, ...(silent && page.more && { silent }) };
    if (before !== undefined && before.cursor === to.cursor && before.silent === to.silent) return page;
    const highest = touched.length === 0 ? state.stored.highest : position + touched.length;
    return (await moveFeed(options, state, source.id, to, highest, clock())) ? page : undefined;
  });
};

/** Sources that can tell what is there as well as what changes: the start notes it, so that later ones are known as new. */
const readsAll = ({ kind }: ChangeSource): boolean => kind === 'columns' || kind === 'snapshot';

/**
 * When each source was polled to its end, in this process: another that takes the lane polls at once.
 *
 * @param now milliseconds that only grow: a clock that is put back must not put off what comes by itself
 */
const createPolls = (now: () => number) => {
  const dueAt = new Map<string, number>();
  const singlesAt = new Map<string, number>();
  /** What was asked to be read again when the poll that runs, or the last one, began. */
  const begunFor = new Map<string, number>();
  const keyOf = (id: string, source: ChangeSource): string => JSON.stringify([id, source.id]);
  const dueOf = (id: string, source: ChangeSource, { stored: { again = 0 } }: FeedState): number => {
    const key = keyOf(id, source);
    return again === begunFor.get(key) ? (dueAt.get(key) ?? 0) : Math.min(0, dueAt.get(key) ?? 0);
  };
  return {
    /** What is to be noted at the start comes first. */
    next: (id: string, { sources }: BoundChanges, state: FeedState): ChangeSource | undefined =>
      sources
        .filter((source) => dueOf(id, source, state) <= now())
        .sort(
          (a, b) => rankOf(a, state.sources) - rankOf(b, state.sources) || dueOf(id, a, state) - dueOf(id, b, state),
        )[0],
    begin: (id: string, source: ChangeSource, { stored: { again = 0 } }: FeedState): void => {
      const key = keyOf(id, source);
      if ((dueAt.get(key) ?? 0) === RUNS) return;
      begunFor.set(key, again);
      dueAt.set(key, RUNS);
    },
    done: (id: string, source: ChangeSource, everyMs: number): void => {
      dueAt.set(keyOf(id, source), now() + ('everyMs' in source ? Math.max(everyMs, source.everyMs) : everyMs));
    },
    /** Pushed keys, and rows that are tried again. */
    maySingles: (id: string): boolean => (singlesAt.get(id) ?? 0) <= now(),
    failedSingles: (id: string): void => void singlesAt.set(id, now() + AFTER_FAILURE_MS),
    /** The others have their turn before it: it may fail for ever. */
    failed: (id: string, source: ChangeSource): void => void dueAt.set(keyOf(id, source), now() + AFTER_FAILURE_MS),
    waitOf: (id: string, { sources, everyMs }: BoundChanges, state: FeedState): number | undefined =>
      sources.length === 0
        ? undefined
        : Math.max(0, Math.min(everyMs, ...sources.map((source) => dueOf(id, source, state) - now()))),
  };
};

/** The lane itself pauses half as long after a failure. */
const AFTER_FAILURE_MS = 10_000;

/** Due, and not from its start: more pages follow. */
const RUNS = -1;

const rankOf = (source: ChangeSource, read: FeedState['sources']): number => {
  const state = read[source.id];
  if (readsAll(source)) return state === undefined || state.silent === true ? 0 : 1;
  return 1;
};
