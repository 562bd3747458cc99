/** The message that answers enrollment updates (PROTOCOL 1). */

import { LONGEST_REASON } from './answer-header.ts';
import type { OverallStatus } from './search-response.ts';
import { formatTimestamp } from './timestamps.ts';

/** What became of one beneficiary; `problem`: it was refused. */
export interface UpdateOutcome {
  readonly problem: string | undefined;
}

export interface UpdatesResponseInput {
  readonly transactionId: string;
  readonly correlationId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly outcomes: readonly UpdateOutcome[];
}

/** One entry a beneficiary; its place in the list, from 1, is its reference_id: the standard gives it none. */
export const updatesResponse = (input: UpdatesResponseInput): Readonly<Record<string, unknown>> => ({
  transaction_id: input.transactionId,
  correlation_id: input.correlationId,
  enrolled_response: input.outcomes.map(({ problem }, index) => ({
    reference_id: String(index + 1),
    timestamp: formatTimestamp(input.at),
    status: problem === undefined ? 'succ' : 'rjct',
    ...(problem !== undefined && { status_reason_message: problem.slice(0, LONGEST_REASON).toWellFormed() }),
  })),
});

export const updatesStatus = (outcomes: readonly UpdateOutcome[]): OverallStatus => {
  const stored = outcomes.filter(({ problem }) => problem === undefined).length;
  if (stored === outcomes.length) return { status: 'succ', reasonMessage: undefined };
  return { status: stored === 0 ? 'rjct' : 'succ', reasonMessage: `${stored}/${outcomes.length} items were stored` };
};
