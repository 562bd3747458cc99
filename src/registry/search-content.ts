/** The message of an asynchronous search, or of one part of it. */

import { overallStatus, type SearchOutcome, searchMeta, searchResponse } from '../dci/search-response.ts';
import type { SearchItemCode } from '../errors.ts';
import type { Transaction } from '../store/async-documents.ts';
import type { Registry } from './registry.ts';
import type { CallbackContent } from './transaction-work.ts';

/** The standard has no code for a search that could not be made: the nearest one (PROTOCOL 3). */
export const NEAREST_ITEM_CODE: SearchItemCode = 'rjct.search_criteria.invalid';

/** @param counts of all parts, and of those up to this one */
export const searchContent = (
  { transactionId, correlationId }: Transaction,
  registry: Registry | undefined,
  outcomes: readonly SearchOutcome[],
  counts: { readonly total: number; readonly completed: number },
  at: number,
): CallbackContent => ({
  ...overallStatus(outcomes),
  totalCount: counts.total,
  completedCount: counts.completed,
  meta: searchMeta(outcomes),
  consented: outcomes.flatMap((outcome) => (outcome.status === 'succ' ? (outcome.consented ?? []) : [])),
  message: searchResponse({
    transactionId,
    correlationId,
    domain: registry?.config.domain ?? 'social',
    regType: registry?.config.regType ?? '',
    at,
    outcomes,
  }),
  count: outcomes.reduce((sum, outcome) => sum + recordsOf(outcome), 0),
});

export const recordsOf = (outcome: SearchOutcome): number => (outcome.status === 'succ' ? outcome.records.length : 0);
