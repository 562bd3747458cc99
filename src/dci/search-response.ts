/** The message of a search answer (PROTOCOL 3 and 7). */

import type { SearchItemCode } from '../errors.ts';
import type { AnswerStatus } from './answer-header.ts';
import { LONGEST_REASON } from './answer-header.ts';
import { type DomainName, searchRecords } from './domains.ts';
import { type ConsentedPersons, type Enforced, enforcedMeta } from './enforced.ts';
import { formatTimestamp } from './timestamps.ts';

/** What became of one item of a search request. */
export type SearchOutcome = FoundRecords | RejectedItem;

interface ItemOutcome {
  /** As the caller wrote it; empty when it wrote none. */
  readonly referenceId: string;
  readonly locale: string | undefined;
}

export interface FoundRecords extends ItemOutcome {
  readonly status: 'succ';
  readonly recordType: string;
  readonly records: readonly object[];
  readonly pageSize: number;
  readonly pageNumber: number;
  /** How many may be returned in all; exact unless `note` says otherwise. */
  readonly totalCount: number;
  /** What it was answered under, for `header.meta`. */
  readonly enforced?: Enforced | undefined;
  /** Of an answer that waits before it is sent. */
  readonly consented?: ConsentedPersons | undefined;
  /** Something the reader of the total should know. */
  readonly note: string | undefined;
}

export interface RejectedItem extends ItemOutcome {
  readonly status: 'rjct';
  readonly code: SearchItemCode;
  readonly message: string;
}

export interface SearchResponseInput {
  readonly transactionId: string;
  readonly correlationId: string;
  readonly domain: DomainName;
  readonly regType: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly outcomes: readonly SearchOutcome[];
  /** `reg_records` of a special endpoint; else as the domain's search answers them. */
  readonly recordsAs?: (records: readonly object[]) => readonly unknown[];
}

/** Makes `message` of an `on-search`: one entry an item, in the request's order. */
export const searchResponse = (input: SearchResponseInput): Readonly<Record<string, unknown>> => {
  const timestamp = formatTimestamp(input.at);
  return {
    transaction_id: input.transactionId,
    correlation_id: input.correlationId,
    search_response: input.outcomes.map((outcome) => responseItem(input, timestamp, outcome)),
  };
};

const responseItem = (input: SearchResponseInput, timestamp: string, outcome: SearchOutcome): object => {
  const item: Record<string, unknown> = {
    reference_id: outcome.referenceId,
    timestamp,
    status: outcome.status,
  };
  if (outcome.status === 'rjct') {
    item.status_reason_code = outcome.code;
    item.status_reason_message = outcome.message.slice(0, LONGEST_REASON).toWellFormed();
  } else {
    if (outcome.note !== undefined) item.status_reason_message = outcome.note;
    item.data = {
      version: '1.0.0',
      reg_type: input.regType,
      reg_record_type: outcome.recordType,
      reg_records: input.recordsAs?.(outcome.records) ?? searchRecords(input.domain, outcome.records),
    };
    item.pagination = {
      page_size: outcome.pageSize,
      page_number: outcome.pageNumber,
      total_count: outcome.totalCount,
    };
  }
  if (outcome.locale !== undefined) item.locale = outcome.locale;
  return item;
};

/** `header.meta` of an answer with these outcomes; undefined: it has none. */
export const searchMeta = (outcomes: readonly SearchOutcome[]): Readonly<Record<string, unknown>> | undefined =>
  enforcedMeta(outcomes.map((each) => ({ referenceId: each.referenceId, enforced: each.status === 'succ' ? each.enforced : undefined }))); // biome-ignore format: one look

export interface OverallStatus {
  readonly status: AnswerStatus;
  readonly reasonMessage: string | undefined;
}

/** All succeeded → `succ`; all were rejected → `rjct`; mixed → `succ` with `n/m` in the message (PROTOCOL 3). */
export const overallStatus = (outcomes: readonly SearchOutcome[]): OverallStatus => {
  const succeeded = outcomes.filter((outcome) => outcome.status === 'succ').length;
  if (succeeded === outcomes.length) return { status: 'succ', reasonMessage: undefined };
  return {
    status: succeeded === 0 ? 'rjct' : 'succ',
    reasonMessage: `${succeeded}/${outcomes.length} items succeeded`,
  };
};
