/** The header of every answer: the superset that fits both header schemas of the specs (PROTOCOL 2). No nulls. */

import { formatTimestamp } from './timestamps.ts';

export type AnswerStatus = 'rcvd' | 'pdng' | 'succ' | 'rjct';

export interface AnswerHeaderInput {
  readonly messageId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly action: string;
  readonly status: AnswerStatus;
  readonly reasonCode?: string | undefined;
  readonly reasonMessage?: string | undefined;
  /** Us. */
  readonly senderId: string;
  /** Them; absent when nobody was recognised. */
  readonly receiverId: string | undefined;
  readonly totalCount: number;
  readonly completedCount: number;
  /** What the standard has no field for: names only, no personal data. */
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
}

export type AnswerHeader = { readonly [field: string]: string | number | boolean | Readonly<Record<string, unknown>> };

/** Version of the protocol that we speak. */
export const PROTOCOL_VERSION = '1.0.0';

/** Longest `status_reason_message` of the standard. */
export const LONGEST_REASON = 999;

/** Makes the header of an answer. */
export const answerHeader = (input: AnswerHeaderInput): AnswerHeader => {
  const header: Record<string, AnswerHeader[string]> = {
    version: PROTOCOL_VERSION,
    message_id: input.messageId,
    message_ts: formatTimestamp(input.at),
    action: input.action,
    status: input.status,
  };
  if (input.reasonCode !== undefined) header.status_reason_code = input.reasonCode;
  if (input.reasonMessage !== undefined)
    header.status_reason_message = input.reasonMessage.slice(0, LONGEST_REASON).toWellFormed();
  header.sender_id = input.senderId;
  if (input.receiverId !== undefined) header.receiver_id = input.receiverId;
  header.total_count = input.totalCount;
  header.completed_count = input.completedCount;
  header.is_msg_encrypted = false;
  if (input.meta !== undefined) header.meta = input.meta;
  return header;
};
