import type { LimitsConfig } from '../config/config.ts';
import { type Budgets, createBudgets } from '../limits/budgets.ts';
import { createConcurrency } from '../limits/concurrency.ts';
import type { Limiter } from '../limits/limiter.ts';
import { createDataLimits, type DataLimits } from '../registry/data-limits.ts';

/** What synchronous and asynchronous requests count against together. */
export interface SharedLimits {
  readonly budgets: Budgets;
  readonly data: DataLimits;
}

export const createSharedLimits = (limiter: Limiter, limits: LimitsConfig): SharedLimits => {
  const budgets = createBudgets(limits);
  const running = createConcurrency('Too many searches of this partner are running.');
  return { budgets, data: createDataLimits(limiter, budgets, running.run) };
};
