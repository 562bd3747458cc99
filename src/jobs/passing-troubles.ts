/** Lanes whose registry does not answer for a while: one line without a stack, and again now and then, until it does. */

import type { Log } from '../log.ts';
import { mayPass, problemOf } from '../registry/problem-of.ts';
import { StoreError } from '../store/store.ts';

export interface PassingTroubles {
  /** Whether the failure is such a one: then it is told here, where it is time to. */
  failed(lane: string, cause: unknown): boolean;
  worked(lane: string): void;
}

const TOLD_EVERY_MS = 600_000;
/** Lanes of one registry each; of the others there are many, which wait for the same. */
const OF_A_REGISTRY: ReadonlySet<string> = new Set(['feed', 'upstream']);

/** @param monotonic milliseconds that only grow */
export const createPassingTroubles = (log: Log, monotonic: () => number): PassingTroubles => {
  const toldAt = new Map<string, number>();
  /** Lane → what was told of it. */
  const waiting = new Map<string, string>();
  return {
    failed: (lane, cause) => {
      if (cause instanceof StoreError) return false;
      const problem = problemOf(cause);
      if (!mayPass(problem) && problem.code !== 'backend.limited') return false;
      const kind = lane.slice(0, lane.indexOf(':'));
      const { detail = problem.message } = problem;
      const single = OF_A_REGISTRY.has(kind);
      const about = single ? lane : `${kind} ${problem.code}`;
      waiting.set(lane, about);
      const last = toldAt.get(about);
      if (last !== undefined && monotonic() - last < TOLD_EVERY_MS) return true;
      toldAt.set(about, monotonic());
      log.warn('lane waits', { ...(single ? { lane } : { kind }), detail });
      return true;
    },
    worked: (lane) => {
      const about = waiting.get(lane);
      if (about === undefined) return;
      waiting.delete(lane);
      if (toldAt.delete(about)) log.info('lane goes on', about === lane ? { lane } : { kind: lane.slice(0, lane.indexOf(':')) }); // biome-ignore format: one look
    },
  };
};
