/** One lane from its lease to its release (ASYNC "Work, ownership, wake-up"). */

import type { Log } from '../log.ts';
import type { Lanes } from '../store/documents.ts';
import { StoreError } from '../store/store.ts';
import { HeldLease } from './held-lease.ts';
import type { LaneHandler } from './jobs.ts';
import type { PassingTroubles } from './passing-troubles.ts';

export interface LaneSetting {
  readonly lanes: Lanes;
  /** This process. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly monotonic: () => number;
  readonly closing: AbortSignal;
  readonly log: Log;
  /** Tells sparingly of registries that do not answer; absent: every failure is told whole. */
  readonly troubles?: PassingTroubles;
  /** Waits before the next try to give a lane back that the store did not take; absent: it is left to its lease's end. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Whether others are to have their turn before this one goes on, which was held so long: it is given back as due now. */
  readonly givesWay?: (heldMs: number) => boolean;
}

export interface LaneRun {
  /** False: another owns it. */
  readonly owned: boolean;
  /** When it is due again, as it was given back. */
  readonly nextDueInMs: number | undefined;
}

/** After a failure that nobody could foresee: the store is away, or a fault of ours. */
const PAUSE_AFTER_FAILURE_MS = 5_000;

/** Between two tries to give it back to a store that fails. */
const GIVE_BACK_EVERY_MS = 1_000;

const ELSEWHERE: LaneRun = { owned: false, nextDueInMs: undefined };

/** Works on a lane until nothing in it is due. Rejects with a StoreError; failures of the handler are logged. */
export const runLane = async (setting: LaneSetting, lane: string, handler: LaneHandler): Promise<LaneRun> => {
  const { lanes, owner, leaseMs, monotonic, closing } = setting;
  const takenAt = monotonic();
  const lease = await lanes.take(lane, owner, leaseMs);
  if (lease === undefined) return ELSEWHERE;
  const held = new HeldLease({ lanes, lease, leaseMs, monotonic, takenAt, closing });
  return work(setting, lane, held, handler).catch((cause: unknown) => {
    // The store is full or away for a while: its lease would keep the lane from everybody until its end.
    if (cause instanceof StoreError && setting.pause !== undefined) return giveBackLate(setting, lane, held, cause);
    throw cause;
  });
};

const work = async (setting: LaneSetting, lane: string, held: HeldLease, handler: LaneHandler): Promise<LaneRun> => {
  const began = setting.monotonic();
  const call = { lane, of: lane.slice(lane.indexOf(':') + 1), held };
  for (;;) {
    const look = await handler(call).catch((cause: unknown) => {
      if (setting.troubles?.failed(lane, cause) !== true) setting.log.error('lane failed', { lane, cause });
      return undefined;
    });
    if (look !== undefined) setting.troubles?.worked(lane);
    if (held.lost) return ELSEWHERE;
    const pausing = look === undefined || held.closing || setting.givesWay?.(setting.monotonic() - began) === true;
    if (pausing || !look.more) {
      const nextDueInMs = look === undefined ? PAUSE_AFTER_FAILURE_MS : look.more ? 0 : look.nextDueInMs;
      const end = await held.release(nextDueInMs);
      if (end === 'released') return { owned: true, nextDueInMs };
      if (end === 'lost') return ELSEWHERE;
      // Woken meanwhile, and no look will follow here: given back as due now.
      if (pausing) return giveBack(held, look === undefined ? PAUSE_AFTER_FAILURE_MS : 0);
    }
    if (!(await held.beforeLook())) return ELSEWHERE;
  }
};

/** Until the store takes it or the lease is over. */
const giveBackLate = async (
  { log, pause }: LaneSetting,
  lane: string,
  held: HeldLease,
  failure: StoreError,
): Promise<LaneRun> => {
  log.error('lane waits for the store', { lane, cause: failure });
  for (;;) {
    await pause?.(GIVE_BACK_EVERY_MS);
    try {
      const end = await giveBack(held, GIVE_BACK_EVERY_MS);
      if (end.owned) log.info('lane given back after the store failed', { lane });
      return end;
    } catch (cause) {
      if (!(cause instanceof StoreError) || held.over || held.closing) throw cause;
    }
  }
};

const giveBack = async (held: HeldLease, nextDueInMs: number): Promise<LaneRun> => {
  while (await held.beforeLook()) {
    if ((await held.release(nextDueInMs)) === 'released') return { owned: true, nextDueInMs };
  }
  return ELSEWHERE;
};
