/** The one error body, which fits all dialects (PROTOCOL 3). */

import { ERROR_RULES, type GatewayError, HEADER_REJECTIONS } from '../errors.ts';
import { type AnswerHeader, answerHeader } from './answer-header.ts';
import { formatTimestamp } from './timestamps.ts';

export interface ErrorBodyInput {
  readonly error: GatewayError;
  readonly messageId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `on-search`: what the answer would have been. */
  readonly action: string;
  readonly senderId: string;
  readonly receiverId: string | undefined;
  /** What the request named, as far as it was read. */
  readonly transactionId: string | undefined;
  readonly correlationId: string;
}

export interface ErrorParts {
  readonly header: AnswerHeader;
  readonly message: Readonly<Record<string, unknown>>;
  /** Stands beside header and message; the signature does not cover it. */
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** Header, message and errors of a refusal. It holds the error's code and safe sentence, never its detail or cause. */
export const errorBody = (input: ErrorBodyInput): ErrorParts => {
  const problem = { code: ERROR_RULES[input.error.code].code, message: input.error.message };
  const header = answerHeader({
    messageId: input.messageId,
    at: input.at,
    action: input.action,
    status: 'rjct',
    reasonCode: HEADER_REJECTIONS[input.error.code] ?? problem.code,
    reasonMessage: problem.message,
    senderId: input.senderId,
    receiverId: input.receiverId,
    totalCount: 0,
    completedCount: 0,
  });
  const message = {
    ...(input.transactionId === undefined ? {} : { transaction_id: input.transactionId }),
    ack_status: 'ERR',
    timestamp: formatTimestamp(input.at),
    correlation_id: input.correlationId,
    error: problem,
  };
  return { header, message, errors: [problem] };
};
