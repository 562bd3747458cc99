/** What others tell us: recorded by ids, status and counts, tied to the caller's own notifications, never refused (PROTOCOL 8). */

import type { Clock } from '../clock.ts';
import type { JsonObject } from '../dci/json-node.ts';
import type { ReceivedMessage } from '../dci/received-message.ts';
import type { Partner } from '../security/partner.ts';
import { OUTBOX, type OutboxEntry, RECEIPTS, RECEIVED, type Receipt, type Received } from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import { type Documents, insertIfAbsentOf } from '../store/documents.ts';

export interface ReceivedCall {
  readonly partner: Partner;
  readonly registryId: string;
  /** `on-search`, `notify`, `on-notify`, `receipt`, … */
  readonly action: string;
  readonly messageId: string;
  /** What its header counts. */
  readonly counts?: { readonly total: number; readonly completed: number | undefined };
  /** Of its header. */
  readonly meta?: JsonObject | undefined;
  readonly message: ReceivedMessage;
  /** Its signature was verified. */
  readonly signed: boolean;
  /** The same, as it was verified. */
  readonly content: JsonObject;
}

/** Resolves when it is kept; the same message again is kept once. Rejects with StoreError only. */
export type Receive = (call: ReceivedCall) => Promise<void>;

/** Those that speak of a notification of ours. */
const ABOUT_NOTIFICATIONS: ReadonlySet<string> = new Set(['on-notify', 'receipt']);

export const createReceive =
  (documents: Documents, clock: Clock): Receive =>
  async (call) => {
    const at = clock();
    const received = receivedOf(call, at);
    const receipts = ABOUT_NOTIFICATIONS.has(call.action) ? receiptsOf(call, await ownNotification(call, documents), at) : []; // biome-ignore format: one look
    await documents.apply([
      ...receipts.map((receipt) => insertIfAbsentOf(RECEIPTS, receipt)),
      insertIfAbsentOf(RECEIVED, received),
    ]);
  };

const receivedOf = ({ partner, registryId, action, messageId, message }: ReceivedCall, at: number): Received => {
  const { transactionId, correlationId, items } = message;
  const status = items.find((item) => item.status !== undefined)?.status;
  return {
    ...{ _id: K(partner.id, messageId), version: 1, partner: partner.id, registry: registryId, action, messageId },
    ...(transactionId !== undefined && { transactionId }),
    ...(correlationId !== undefined && { correlationId }),
    ...(status !== undefined && { status }),
    ...{ count: items.length, at },
  };
};

/** A notification bears its message_id as transaction_id; one of another partner is not there for this one. */
const ownNotification = async (
  { partner, registryId, message }: ReceivedCall,
  documents: Documents,
): Promise<OutboxEntry | undefined> => {
  for (const id of [message.transactionId, message.correlationId]) {
    if (id === undefined) continue;
    const entries = await documents.find(OUTBOX, { index: 'byMessage', equals: [id], limit: 2 });
    const own = entries.find((each) => each.kind === 'notify' && each.partner === partner.id && each.registry === registryId); // biome-ignore format: one look
    if (own !== undefined) return own;
  }
  return undefined;
};

/** One at least: a receipt of a message without items is about all of it. */
const receiptsOf = (
  { partner, registryId, messageId, message }: ReceivedCall,
  entry: OutboxEntry | undefined,
  at: number,
): readonly Receipt[] => {
  const items = message.items.length === 0 ? [{ referenceId: undefined, status: undefined }] : message.items;
  return items.map(({ referenceId, status }, index) => ({
    ...{ _id: K(partner.id, messageId, index), version: 1, partner: partner.id, registry: registryId },
    ...(entry !== undefined && { delivery: entry._id }),
    ...(entry?.sub !== undefined && { sub: entry.sub }),
    ...(referenceId !== undefined && { referenceId }),
    ...(status !== undefined && { status }),
    at,
  }));
};
