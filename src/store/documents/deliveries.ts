/** Messages that go out. Times are milliseconds. */

import { collectionOf, type Stored } from '../documents.ts';
import type { AuditEntry } from './receipts.ts';

export type OutboxKind = 'on-search' | 'on-subscribe' | 'on-unsubscribe' | 'txn-on-status' | 'notify';

/**
 * `staged`: a part whose run has not won yet. `pending`, `retry`: to be sent at `dueAt`. `held`: not sent by itself (no URL,
 * or the rights changed), readable by status. `dead`: refused for good, can be replayed. `tombstone`: the highest number of a
 * live subscription after its content was removed.
 */
export type OutboxState =
  | 'staged'
  | 'pending'
  | 'held'
  | 'retry'
  | 'delivered'
  | 'dead'
  | 'cancelled'
  | 'expired'
  | 'tombstone';

/** `_id` = D: K(T, kind), K(T, run, part) of parts, K(subscription, seq) of notifications. */
export interface OutboxEntry extends Stored {
  readonly kind: OutboxKind;
  readonly partner: string;
  readonly registry: string;
  /** `deliver:{partner}:{origin}`; absent where there is nowhere to go, and once it was delivered. */
  readonly lane?: string;
  readonly state: OutboxState;
  readonly dueAt: number;
  /** There while it is neither delivered nor settled otherwise; the lowest open number of a subscription is the next. */
  readonly open?: true | undefined;
  /** Of the message; made once. */
  readonly messageId: string;
  readonly url?: string;
  /** It has no `url`: a message that is held for that alone is nobody's to look after. */
  readonly unaddressed?: true;
  /** Sealed JSON text of header and message, made once; dropped after delivery. Either it or `chunks` is there. */
  readonly message?: string | undefined;
  /** Number of chunks of it, by `digest`. */
  readonly chunks?: number | undefined;
  readonly digest?: string;
  /** Its partner had an encryption key when it was made, or has since: it never goes out in clear. */
  readonly confidential?: true;
  /** What goes out instead of `message`, made once for a key. */
  readonly encrypted?: EncryptedBody | undefined;
  /** Its content outlives the delivery: it is a part of a file's result, which can be fetched until it is too old. */
  readonly kept?: true;
  /** Records or items in it: what stays when the message is dropped. */
  readonly count: number;
  /** Header status and counts in JSON text, for status answers after the message was dropped. */
  readonly outcome?: string;
  /** What the partner's rights were when the message was made. */
  readonly rightsVersion: string;
  /** Whose consent it rests on: purposes, keys and identifiers in JSON text, sealed; absent: nobody's. */
  readonly persons?: string | undefined;
  /** To be written once the message is in the outbox, by whoever comes: so that it is of the message that won. */
  readonly audit?: AuditEntry;
  /** T, where it answers a request. */
  readonly transaction?: string;
  /** Of a result in parts: whose they are, which one, how many. */
  readonly run?: string;
  readonly part?: number;
  readonly parts?: number;
  /** Subscription code, where it notifies. */
  readonly sub?: string;
  /** From 1, without gaps. */
  readonly seq?: number;
  /** K of the events in it: they are told once. */
  readonly eventsKey?: string;
  readonly events?: readonly string[];
  readonly attempts: number;
  /** `attempts` when the present schedule began; absent: 0. A replay begins a new one. */
  readonly scheduleFrom?: number;
  /** How often the receiver said `ack_status: ERR` in the present schedule. */
  readonly refusals?: number;
  /** Of the last attempt: HTTP status, or a word. */
  readonly lastResult?: string;
  /** The last attempt stands in here, so that a message that arrives at once takes one write; those before it are `Attempt`s. */
  readonly lastAttempt?: Try;
  /** When the first try was due: 5 days later a subscription is paused. */
  readonly firstDueAt: number;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** The text of header and encrypted message, sealed: either `message` or `chunks` is there. */
export interface EncryptedBody {
  /** Fingerprint of the key that it was encrypted for. */
  readonly key: string;
  readonly message?: string;
  readonly chunks?: number;
  readonly digest: string;
}

export const OUTBOX = collectionOf<OutboxEntry>()('outbox', {
  seq: { fields: ['sub', 'seq'], unique: true },
  events: { fields: ['eventsKey'], unique: true },
  byLane: { fields: ['lane', 'state', 'dueAt'] },
  /** What is still to come of a subscription, lowest number first. */
  byTurn: { fields: ['sub', 'open', 'seq'] },
  byTransaction: { fields: ['transaction', 'createdAt'] },
  byMessage: { fields: ['messageId'] },
  byPartner: { fields: ['partner', 'createdAt'] },
  byUnaddressed: { fields: ['unaddressed', 'state'] },
  /** Retention, sweep, metrics, dead letters of all. */
  byState: { fields: ['state', 'changedAt'] },
});

/** One attempt and what came of it. */
export interface Try {
  readonly n: number;
  readonly at: number;
  readonly ms: number;
  readonly result: 'delivered' | 'retry' | 'dead';
  /** HTTP status, where one came. */
  readonly status?: number;
  /** A word for what went wrong; never text of the receiver. */
  readonly problem?: string;
}

/** A try that another followed, as history: `_id` = K(D, n). */
export interface Attempt extends Stored, Try {
  readonly delivery: string;
  readonly partner: string;
}

export const ATTEMPTS = collectionOf<Attempt>()('attempts', {
  byDelivery: { fields: ['delivery', 'n'] },
  byAge: { fields: ['at'] },
});
