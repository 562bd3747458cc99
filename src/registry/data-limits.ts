/**
 * Limits on data, beside those on calls: identifiers tried and records returned, per partner and day (PROTOCOL 11).
 * One request of a megabyte could otherwise empty a registry.
 */

import { GatewayError } from '../errors.ts';
import type { Budget, Limiter } from '../limits/limiter.ts';
import type { Partner } from '../security/partner.ts';

export interface DataBudgets {
  records(partner: Partner): readonly Budget[];
  identifiers(partner: Partner): readonly Budget[];
  concurrentSearches(partner: Partner): number;
}

export interface DataLimits {
  /** Takes the identifiers that will be tried, and sees that records are left. @throws GatewayError `request.too_many` */
  admit(partner: Partner, identifiers: number): Promise<void>;
  /** Runs a search among so many of this partner's at once. @throws GatewayError `request.too_many` */
  concurrently<Result>(partner: Partner, work: () => Promise<Result>): Promise<Result>;
  /** Counts what was returned. */
  charge(partner: Partner, records: number): Promise<void>;
}

export type RunBounded = <Result>(partnerId: string, most: number, work: () => Promise<Result>) => Promise<Result>;

export const createDataLimits = (limiter: Limiter, budgets: DataBudgets, run: RunBounded): DataLimits => ({
  admit: async (partner, identifiers) => {
    const decision = await limiter.peek(budgets.records(partner));
    if (!decision.allowed) throw overData('record', decision.retryAfter);
    if (identifiers === 0) return;
    const taken = await limiter.take(budgets.identifiers(partner), identifiers);
    if (!taken.allowed) throw overData('identifier', taken.retryAfter);
  },
  concurrently: (partner, work) => run(partner.id, budgets.concurrentSearches(partner), work),
  charge: async (partner, records) => {
    if (records > 0) await limiter.charge(budgets.records(partner), records);
  },
});

const overData = (what: string, retryAfter: number): GatewayError =>
  new GatewayError('request.too_many', { message: `The day's ${what} limit is reached.`, retryAfter });
