/**
 * The work of the asynchronous half, lane by lane (DESIGN "Lanes"). Who wakes lanes on a timetable (Agenda) knows this
 * interface only: it calls `wakeDue` at the earliest time something is due and `sweep` every few seconds, on every
 * replica; two calls at once do no harm, since each lane is worked on by the owner of its lease.
 */

import type { HeldLease } from './held-lease.ts';

export type LaneKind = 'searches' | 'files' | 'deliver' | 'feed' | 'digest' | 'upstream' | 'decide';

/** What one look into a lane found. */
export interface Look {
  /** There may be work that is due now: look again. */
  readonly more: boolean;
  /** When work is next due that cannot be done yet, in milliseconds; undefined: when the lane is woken. */
  readonly nextDueInMs: number | undefined;
}

export interface LaneCall {
  /** `deliver:health-ministry:https://health.example.org` */
  readonly lane: string;
  /** What follows the kind. */
  readonly of: string;
  readonly held: HeldLease;
}

/**
 * Looks once for work of the lane that is due, and does it. It starts nothing that `held.mayStart` refuses. What it
 * throws is logged, and the lane is tried again a few seconds later.
 */
export type LaneHandler = (call: LaneCall) => Promise<Look>;

export type LaneHandlers = Readonly<Partial<Record<LaneKind, LaneHandler>>>;

/** Finds work whose lane was not woken, because the process ended between two writes. Wakes those lanes in the store. */
export type Sweeper = () => Promise<void>;

export interface Jobs {
  /** The work is written and its lane was woken in the store: it starts here, at once where it may. Never throws. */
  wake(lane: string): void;
  /** Starts every lane that is due and that nobody owns. @returns milliseconds until the next one is; undefined: none. */
  wakeDue(): Promise<number | undefined>;
  /** Heals what a crash left, then `wakeDue`. */
  sweep(): Promise<number | undefined>;
  /** Called with milliseconds whenever a lane was given back that is due later: a timetable may want to come earlier. */
  onLater(listener: (inMs: number) => void): void;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
  /** Nothing new is started; resolves when what runs has ended. */
  close(): Promise<void>;
}
