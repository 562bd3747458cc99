/** The port to the rate limiter; in memory or in Redis. `docs/decisions/limits.md` says which windows are of which kind. */

export interface LimitDecision {
  readonly allowed: boolean;
  /** Whole seconds, at least 1, until a call will be allowed again. 0 when allowed. */
  readonly retryAfter: number;
}

export interface LimitLook extends LimitDecision {
  /** Points that are left, of the budget that has the fewest. */
  readonly left: number;
}

export interface Budget {
  /** Name of the counter: `partner:health:minute`. */
  readonly key: string;
  readonly points: number;
  readonly windowSeconds: number;
  /** Absent: no span of a window's length ever holds more than the points. `first-hit`: the window begins with the first call. */
  readonly window?: 'first-hit';
}

export interface Limiter {
  /**
   * Takes `cost` from each of the budgets, or from none when one of them has not that much left. One round trip.
   * `first-hit` budgets are counted each by itself, refused calls too. Budgets of one call are of one kind.
   */
  take(budgets: readonly Budget[], cost: number): Promise<LimitDecision>;
  /** Whether anything is left, and how much, without taking: for budgets that are charged afterwards (failed tokens, records returned). */
  peek(budgets: readonly Budget[]): Promise<LimitLook>;
  /** Adds to the counters whatever is left (may go beyond the points). */
  charge(budgets: readonly Budget[], cost: number): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter answers. */
export const ALLOWED: LimitDecision = { allowed: true, retryAfter: 0 };

/** @param milliseconds until enough comes free */
export const refusedFor = (milliseconds: number): LimitDecision => ({
  allowed: false,
  retryAfter: Math.max(1, Math.ceil(milliseconds / 1000)),
});
