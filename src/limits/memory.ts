/**
 * The limiter of one process, on rate-limiter-flexible.
 *
 * A window begins with the first call and ends its length later whatever the traffic: it is not moved by further calls, allowed or
 * refused, so a steady slow sender is never blocked (PROTOCOL 12, fault 1). At the border of two windows up to twice the points
 * can pass within one window's length; the day's budget bounds that.
 */

import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Budget, LimitDecision, Limiter } from './limiter.ts';
import { ALLOWED, refusedFor } from './limiter.ts';

const next = (): void => undefined;

export const createMemoryLimiter = (): Limiter => {
  /** One counter book a window length; it only counts, the points of each budget are compared here. */
  const books = new Map<number, RateLimiterMemory>();
  const bookOf = ({ windowSeconds }: Budget): RateLimiterMemory => {
    const book =
      books.get(windowSeconds) ?? new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: windowSeconds });
    books.set(windowSeconds, book);
    return book;
  };

  const decide = async (budgets: readonly Budget[], cost: number): Promise<LimitDecision> => {
    const counters = await Promise.all(budgets.map((budget) => bookOf(budget).get(budget.key)));
    let wait = 0;
    for (const [index, { points, windowSeconds }] of budgets.entries()) {
      const counter = counters[index];
      // The library removes a counter by a timer; one whose timer is late has ended all the same.
      const live = counter !== null && counter !== undefined && counter.msBeforeNext > 0 ? counter : undefined;
      if ((live?.consumedPoints ?? 0) + cost > points)
        wait = Math.max(wait, live?.msBeforeNext ?? windowSeconds * 1000);
    }
    return wait === 0 ? ALLOWED : refusedFor(wait);
  };

  const charge = async (budgets: readonly Budget[], cost: number): Promise<void> => {
    await Promise.all(budgets.map((budget) => bookOf(budget).penalty(budget.key, cost)));
  };

  /** The library answers by promises: looking and taking would let another call in between, so calls take turns. */
  let turn: Promise<void> = Promise.resolve();
  const take = (budgets: readonly Budget[], cost: number): Promise<LimitDecision> => {
    const mine = turn.then(async () => {
      const decision = await decide(budgets, cost);
      if (decision.allowed) await charge(budgets, cost);
      return decision;
    });
    turn = mine.then(next, next);
    return mine;
  };

  return {
    take,
    peek: (budgets) => decide(budgets, 1),
    charge,
    close: async () => books.clear(),
  };
};
