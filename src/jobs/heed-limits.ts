/** A lane whose registry limits how often it is asked is left alone as long as that says, whoever wakes it meanwhile. In this process. */

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { limitedMs, problemOf } from '../registry/problem-of.ts';
import type { LaneHandler } from './jobs.ts';

export const heedLimits = (
  handler: LaneHandler,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): LaneHandler => {
  const until = new Map<string, number>();
  return async (call) => {
    const { lane } = call;
    const left = (until.get(lane) ?? 0) - clock();
    if (left > 0) return { more: false, nextDueInMs: left };
    until.delete(lane);
    try {
      return await handler(call);
    } catch (cause) {
      const inMs = limitedMs(problemOf(cause));
      if (inMs === undefined) throw cause;
      until.set(lane, clock() + inMs);
      log.info('lane waits: its registry limits how often it is asked', { lane, inMs });
      return { more: false, nextDueInMs: inMs };
    }
  };
};
