/** Every collection of the asynchronous half. A store makes and brings up to date exactly these. */

import { ATTEMPTS, OUTBOX } from './documents/deliveries.ts';
import { AUDIT, RECEIPTS, RECEIVED } from './documents/receipts.ts';
import { CHUNKS, MEMORY, REFERENCES, RELAYED, RELAYED_PARTS, TRANSACTIONS } from './documents/requests.ts';
import {
  CURSORS,
  EVENTS,
  PUSHED,
  QUARANTINE,
  REVISIONS,
  SEEN,
  SENT,
  SUBSCRIPTIONS,
} from './documents/subscriptions.ts';
import { OWN_SUBSCRIPTIONS } from './documents/upstream.ts';
import type { Collection } from './documents.ts';

export * from './documents/deliveries.ts';
export * from './documents/receipts.ts';
export * from './documents/requests.ts';
export * from './documents/subscriptions.ts';
export * from './documents/upstream.ts';

export const COLLECTIONS: readonly Collection[] = [
  TRANSACTIONS,
  REFERENCES,
  RELAYED,
  RELAYED_PARTS,
  CHUNKS,
  MEMORY,
  OUTBOX,
  ATTEMPTS,
  SUBSCRIPTIONS,
  REVISIONS,
  EVENTS,
  CURSORS,
  PUSHED,
  QUARANTINE,
  SENT,
  SEEN,
  RECEIVED,
  RECEIPTS,
  AUDIT,
  OWN_SUBSCRIPTIONS,
];
