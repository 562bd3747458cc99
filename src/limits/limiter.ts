/** The port to the rate limiter: no span of a window's length ever holds more than its points; in memory or in Redis. */

export interface LimitDecision {
  readonly allowed: boolean;
  /** Whole seconds, at least 1, until a call will be allowed again. 0 when allowed. */
  readonly retryAfter: number;
}

export interface Budget {
  /** Name of the counter: `partner:health:minute`. */
  readonly key: string;
  readonly points: number;
  readonly windowSeconds: number;
}

export interface Limiter {
  /** Takes `cost` from each of the budgets, or from none when one of them has not that much left. One round trip. */
  take(budgets: readonly Budget[], cost: number): Promise<LimitDecision>;
  /** Whether anything is left, without taking: for budgets that are charged afterwards (failed tokens, records returned). */
  peek(budgets: readonly Budget[]): Promise<LimitDecision>;
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
