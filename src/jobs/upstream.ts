/** The lane `upstream:{registry}`: the registry's own subscription at its upstream, a call at a time. */

import type { Clock } from '../clock.ts';
import { GatewayError } from '../errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { KeepSubscribed } from '../registry/subscribed/keep-subscribed.ts';
import { CALL_MS } from '../registry/subscribed/requests.ts';
import type { LaneHandler, Look } from './jobs.ts';

export interface UpstreamLaneOptions {
  readonly clock: Clock;
  readonly registry: (id: string) => Registry | undefined;
  readonly keepSubscribed: KeepSubscribed;
}

/** Beside the call itself: its token, its signature, what is written. */
const STEP_MS = CALL_MS + 5_000;
/** The backend was not reached yet. */
const NOT_READY_MS = 2_000;

export const createUpstreamLane = ({ clock, registry: find, keepSubscribed }: UpstreamLaneOptions): LaneHandler => {
  return async ({ of: id, held }): Promise<Look> => {
    const registry = find(id);
    if (registry === undefined) return { more: false, nextDueInMs: undefined };
    if (!(await held.mayStart(STEP_MS))) return { more: true, nextDueInMs: undefined };
    const dueAt = await keepSubscribed(registry).catch((cause: unknown) => {
      if (cause instanceof GatewayError && cause.code === 'service.unavailable') return clock() + NOT_READY_MS;
      throw cause;
    });
    if (dueAt === undefined) return { more: false, nextDueInMs: undefined };
    const nextDueInMs = Math.max(0, dueAt - clock());
    return { more: nextDueInMs === 0, nextDueInMs };
  };
};
