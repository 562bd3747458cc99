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

/** `_id` is random. */
export interface AuditEntry extends Stored {
  readonly at: number;
  readonly partner: string;
  readonly registry: string;
  readonly action: string;
  readonly purpose?: string;
  readonly outcome: string;
  readonly count: number;
  /** HMACs of the identifiers that were asked for or sent. */
  readonly identifiers: readonly string[];
  readonly transaction?: string;
  readonly sub?: string;
}

export const AUDIT = collectionOf<AuditEntry>()('audit', {
  byPartner: { fields: ['partner', 'at'] },
  byAge: { fields: ['at'] },
});
