/** Starts lanes in this process: a wake-up is a function call, so that an idle callback leaves at once. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Lanes } from '../store/documents.ts';
import type { Jobs, LaneHandler, LaneHandlers, LaneKind, Sweeper } from './jobs.ts';
import { type LaneRun, runLane } from './lane.ts';
import { createPassingTroubles } from './passing-troubles.ts';

export interface WakerOptions {
  readonly lanes: Lanes;
  readonly handlers: LaneHandlers;
  readonly sweepers?: readonly Sweeper[];
  readonly owner: string;
  readonly log: Log;
  readonly monotonic?: () => number;
  readonly leaseMs?: number;
  /** Lanes of a kind that run at once here; what is over waits its turn. A slow endpoint takes one of them. */
  readonly lanesAtOnce?: Readonly<Partial<Record<LaneKind, number>>>;
  /** A lane that has more to do goes on so long before others that wait have their turn. */
  readonly turnMs?: number;
}

const LEASE_MS = 60_000;
const TURN_MS = 2_000;
const DUE_AT_ONCE = 200;
const LANES_AT_ONCE: Readonly<Record<LaneKind, number>> = {
  searches: 16,
  files: 4,
  deliver: 256,
  feed: 8,
  digest: 16,
  upstream: 8,
  decide: 16,
};

export const createWaker = (options: WakerOptions): Jobs => {
  const {
    lanes,
    handlers,
    sweepers = [],
    owner,
    log,
    monotonic = () => performance.now(),
    leaseMs = LEASE_MS,
    turnMs = TURN_MS,
  } = options;
  const closing = new AbortController();
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal: closing.signal }).catch(() => undefined); // closing: no more waiting
  const troubles = createPassingTroubles(log, monotonic);
  const setting = { lanes, owner, leaseMs, monotonic, closing: closing.signal, log, troubles, pause };
  const mostOf = (kind: LaneKind): number => options.lanesAtOnce?.[kind] ?? LANES_AT_ONCE[kind];
  /** Whether it was woken since its run began, so that it runs once more. */
  const running = new Map<string, { readonly kind: LaneKind; again: boolean; readonly done: Promise<void> }>();
  const runningOf = new Map<LaneKind, number>();
  const waiting = new Map<LaneKind, Set<string>>();
  const listeners: ((inMs: number) => void)[] = [];

  /** @returns whether it is due at once */
  const run = async (kind: LaneKind, handler: LaneHandler, lane: string): Promise<boolean> => {
    const givesWay = (heldMs: number): boolean => heldMs >= turnMs && (waiting.get(kind)?.size ?? 0) > 0;
    try {
      const { owned, nextDueInMs }: LaneRun = await runLane({ ...setting, givesWay }, lane, handler);
      if (owned && nextDueInMs !== undefined) for (const listener of listeners) listener(nextDueInMs);
      return owned && nextDueInMs === 0;
    } catch (cause) {
      // The lease ends by itself, and the lane is still due: the next `wakeDue` finds it.
      log.error('lane cannot be run', { lane, cause });
      return false;
    }
  };

  const start = (kind: LaneKind, handler: LaneHandler, lane: string): void => {
    runningOf.set(kind, (runningOf.get(kind) ?? 0) + 1);
    const done = run(kind, handler, lane).then((due) => {
      const { again } = running.get(lane) ?? { again: false };
      running.delete(lane);
      runningOf.set(kind, (runningOf.get(kind) ?? 1) - 1);
      const [next] = waiting.get(kind) ?? [];
      if (next !== undefined) {
        waiting.get(kind)?.delete(next);
        wake(next);
      }
      if (again || due) wake(lane);
    });
    running.set(lane, { kind, again: false, done });
  };

  const wake = (lane: string): void => {
    const kind = lane.slice(0, lane.indexOf(':')) as LaneKind; // a kind that is none has no handler
    const handler = handlers[kind];
    if (handler === undefined || closing.signal.aborted) return;
    const known = running.get(lane);
    if (known !== undefined) known.again = true;
    else if ((runningOf.get(kind) ?? 0) < mostOf(kind)) start(kind, handler, lane);
    else waiting.set(kind, (waiting.get(kind) ?? new Set()).add(lane));
  };

  const wakeDue = async (): Promise<number | undefined> => {
    if (closing.signal.aborted) return undefined;
    // Beyond those that wait their turn here: lanes of a kind that is slow must not hide the others.
    const known = [...waiting.values()].reduce((sum, { size }) => sum + size, 0);
    for (const lane of await lanes.due(DUE_AT_ONCE + known)) if (!running.has(lane)) wake(lane);
    return lanes.nextDueInMs();
  };

  const idle = async (): Promise<void> => {
    while (running.size > 0) await Promise.all([...running.values()].map(({ done }) => done));
  };

  return {
    wake,
    wakeDue,
    sweep: async () => {
      for (const sweeper of sweepers) await sweeper();
      return wakeDue();
    },
    onLater: (listener) => void listeners.push(listener),
    idle,
    close: async () => {
      closing.abort();
      await idle();
    },
  };
};
