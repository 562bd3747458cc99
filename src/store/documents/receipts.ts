/** What others told us, and what was done: ids, status and counts, never bodies. Times are milliseconds. */

import { collectionOf, type Stored } from '../documents.ts';

/** A message on a receiver path (`on-search`, `notify`, …): `_id` = K(partner, message_id). */
export interface Received extends Stored {
  readonly partner: string;
  readonly registry: string;
  readonly action: string;
  readonly messageId: string;
  readonly transactionId?: string;
  readonly correlationId?: string;
  readonly status?: string;
  readonly count: number;
  readonly at: number;
}

export const RECEIVED = collectionOf<Received>()('received', {
  byPartner: { fields: ['partner', 'at'] },
  byCorrelation: { fields: ['partner', 'correlationId', 'at'] },
  byAge: { fields: ['at'] },
});

/** `on-notify` or a receipt for a notification of ours: `_id` = K(partner, message_id, item). */
export interface Receipt extends Stored {
  readonly partner: string;
  readonly registry: string;
  /** D of the caller's own notification; absent where there is none of that name. */
  readonly delivery?: string;
  readonly sub?: string;
  readonly referenceId?: string;
  readonly status?: string;
  readonly at: number;
}

export const RECEIPTS = collectionOf<Receipt>()('receipts', {
  byDelivery: { fields: ['delivery', 'at'] },
  byPartner: { fields: ['partner', 'at'] },
  byAge: { fields: ['at'] },
});

/** What was told, or taken in. `_id` is random; of a message in the outbox K(its id, `audit`). */
export interface AuditEntry extends Stored {
  readonly at: number;
  readonly partner: string;
  readonly registry: string;
  readonly action: string;
  /** As the request names them; absent: the partner's default. */
  readonly purposes?: readonly string[];
  /** `succ`, `rjct`, or `part` where some items were refused; `begun` where it is not known yet, or never (`toldOutcome`). */
  readonly outcome: string;
  /** Records that were told, or items that were taken in. */
  readonly count: number;
  /** HMACs of the identifiers that were asked for, told unasked, or handed in: the first ones. */
  readonly identifiers: readonly string[];
  /** How many there were. */
  readonly tried: number;
  /** As the partner names it; of a notification its message id. */
  readonly transaction: string;
  /** Subscription code, where it notifies. */
  readonly sub?: string;
}

export const AUDIT = collectionOf<AuditEntry>()('audit', {
  byPartner: { fields: ['partner', 'at'] },
  byAge: { fields: ['at'] },
});
