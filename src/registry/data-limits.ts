/**
 * Limits on data, beside those on calls: identifiers tried and records returned, per partner and day (PROTOCOL 11).
 * One request of a megabyte could otherwise empty a registry.
 */

import type { SearchItem } from '../dci/search-request.ts';
import type { RejectedItem } from '../dci/search-response.ts';
import { GatewayError } from '../errors.ts';
import type { Budget, Limiter } from '../limits/limiter.ts';
import type { Partner } from '../security/partner.ts';
import { rejected } from './item-outcome.ts';

export interface DataBudgets {
  records(partner: Partner): readonly Budget[];
  identifiers(partner: Partner): readonly Budget[];
  concurrentSearches(partner: Partner): number;
}

export interface DataLimits {
  /** Takes the identifiers that will be tried, and sees how many records are left of the day: one at least. @throws GatewayError `request.too_many` */
  admit(partner: Partner, identifiers: number): Promise<number>;
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
    if (identifiers === 0) return decision.left;
    const taken = await limiter.take(budgets.identifiers(partner), identifiers);
    if (!taken.allowed) throw overData('identifier', taken.retryAfter);
    return decision.left;
  },
  concurrently: (partner, work) => run(partner.id, budgets.concurrentSearches(partner), work),
  charge: async (partner, records) => {
    if (records > 0) await limiter.charge(budgets.records(partner), records);
  },
});

/** Of an item that comes after those which used the day's records up. */
export const overRecords = (item: Pick<SearchItem, 'referenceId' | 'locale'>): RejectedItem =>
  rejected(item, 'rjct.search.too_many_records_found', reached('record'));

const reached = (what: string): string => `The day's ${what} limit is reached.`;

const overData = (what: string, retryAfter: number): GatewayError =>
  new GatewayError('request.too_many', { message: reached(what), retryAfter });
