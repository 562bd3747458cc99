/** What is known of a request, whatever becomes of it: for its answer, its log line and its metrics. */

import type { Partner } from '../security/partner.ts';

export interface Notes {
  readonly requestId: string;
  readonly registryId: string | undefined;
  readonly operation: string;
  readonly answerAction: string;
  partner: Partner | undefined;
  /** The `sender_id` the request named, once it proved to be the partner's. */
  senderId: string | undefined;
  transactionId: string | undefined;
  /** Ours, or the caller's when its message has one. */
  correlationId: string;
  /** Why it was refused: an error code. */
  reason: string | undefined;
  /** Of the items of an answer that were refused: their reason codes, one an item. */
  refusedItems?: readonly string[];
  /** Takes its message id out of replay memory again: a request that is refused in the end did not use it (PROTOCOL 2). */
  forget?: () => Promise<void>;
}
