import type { Budget, Limiter } from './limiter.ts';

/** One limiter of two: each call goes to the one for its budgets' windows. */
export const byWindow = (sliding: Limiter, firstHit: Limiter): Limiter => {
  const of = (budgets: readonly Budget[]): Limiter => (budgets[0]?.window === 'first-hit' ? firstHit : sliding);
  return {
    take: (budgets, cost) => of(budgets).take(budgets, cost),
    peek: (budgets) => of(budgets).peek(budgets),
    charge: (budgets, cost) => of(budgets).charge(budgets, cost),
    close: async () => {
      await Promise.all([sliding.close(), firstHit.close()]);
    },
  };
};
