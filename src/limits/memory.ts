/** The limiter of one process. */

import { byWindow } from './by-window.ts';
import { createFirstHitLimiter, memoryCounter } from './first-hit.ts';
import { ALLOWED, type Budget, type LimitDecision, type Limiter, refusedFor } from './limiter.ts';
import { add, emptyWindow, isOver, leftIn, type SlidingWindow, waitFor } from './sliding-window.ts';

/** How often windows that have ended are looked for: in between, callers who came once stay in memory. */
const CLEAN_MS = 30_000;

/** @param now milliseconds that only grow, for the sliding windows */
export const createMemoryLimiter = (now: () => number = () => performance.now()): Limiter =>
  byWindow(createSlidingMemory(now), createFirstHitLimiter(memoryCounter));

/** Sliding windows by key. */
export const createSlidingMemory = (now: () => number = () => performance.now()): Limiter => {
  const windows = new Map<string, SlidingWindow>();
  let cleanAt = now() + CLEAN_MS;

  const clean = (at: number): void => {
    if (at < cleanAt) return;
    cleanAt = at + CLEAN_MS;
    for (const [key, window] of windows) if (isOver(window, at)) windows.delete(key);
  };

  const windowOf = ({ key, windowSeconds }: Budget): SlidingWindow =>
    windows.get(key) ?? emptyWindow(windowSeconds * 1000);

  const wait = (budgets: readonly Budget[], cost: number, at: number): number => {
    let longest = 0;
    for (const budget of budgets) longest = Math.max(longest, waitFor(windowOf(budget), budget.points, cost, at));
    return longest;
  };

  const charge = (budgets: readonly Budget[], cost: number, at: number): void => {
    clean(at);
    for (const budget of budgets) {
      const window = windowOf(budget);
      windows.set(budget.key, window);
      add(window, cost, at);
    }
  };

  const decide = (budgets: readonly Budget[], cost: number, at: number): LimitDecision => {
    const longest = wait(budgets, cost, at);
    return longest === 0 ? ALLOWED : refusedFor(longest);
  };

  return {
    // Nothing is awaited between looking and taking, so no other call comes in between.
    take: async (budgets, cost) => {
      const at = now();
      const decision = decide(budgets, cost, at);
      if (decision.allowed) charge(budgets, cost, at);
      return decision;
    },
    peek: async (budgets) => {
      const at = now();
      const left = Math.min(...budgets.map((budget) => leftIn(windowOf(budget), budget.points, at)));
      return { ...decide(budgets, 1, at), left };
    },
    charge: async (budgets, cost) => charge(budgets, cost, now()),
    close: async () => windows.clear(),
  };
};
