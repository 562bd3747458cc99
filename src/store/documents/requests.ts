/** What an accepted asynchronous request leaves in the store. Times are milliseconds; sealed texts are `security/at-rest.ts`. */

import { collectionOf, type Stored } from '../documents.ts';

export type Operation = 'search' | 'subscribe' | 'unsubscribe' | 'txn-status';

export type TransactionState = 'accepted' | 'running' | 'waiting' | 'done';

/** How far a file is. Its rows lie in chunks, one a part of the answer; each part is answered once, the first one last. */
export interface FileProgress {
  readonly rows: number;
  readonly parts: number;
  /** Parts that are answered. */
  readonly made: number;
  /** That the request named. */
  readonly purpose?: string;
  /** Why the parts that are left are refused, where they are: a code of errors.ts. */
  readonly refused?: string;
}

/** `_id` = T = K(partner, registry, operation, transaction_id, digest, round). */
export interface Transaction extends Stored {
  /** K(partner, message_id); only when the message was signed. */
  readonly mid?: string;
  readonly partner: string;
  readonly registry: string;
  readonly operation: Operation;
  /** The caller's. */
  readonly transactionId: string;
  /** K(partner, registry, operation, transaction_id, digest): its executions are told apart by `round`. */
  readonly same: string;
  readonly round: number;
  /** Keyed hash of action, message and sender_uri as received. */
  readonly digest: string;
  /** Of the request. */
  readonly messageId: string;
  readonly correlationId: string;
  /** What the callback bears; made before the ack, never changed. */
  readonly outgoingMessageId: string;
  /** Subscription codes, by item. */
  readonly codes?: readonly string[];
  /** Where the callback goes; absent: it is held, and read by status. */
  readonly callbackUrl?: string;
  /** JSON text of what the 202 said: a repeat gets the same. No personal data. */
  readonly ack: string;
  /** The request's header and message, sealed; dropped when it is done. Either it or `chunks` is there. */
  readonly request?: string | undefined;
  /** Number of chunks of the sealed request; its `_id` is what they are found by. */
  readonly chunks?: number | undefined;
  /** Of a search by file. */
  readonly file?: FileProgress;
  /** `searches:{partner}`, `files:{partner}` */
  readonly lane: string;
  readonly state: TransactionState;
  /** How often it was started: over 5 the outcome is a refusal. */
  readonly starts: number;
  readonly acceptedAt: number;
  readonly changedAt: number;
  /** While it waits for an upstream's answer, and from then on: until when. */
  readonly dueAt?: number;
  /** Its registry limits how often it is asked: when it goes on, and from then on when it did. */
  readonly limitedUntil?: number;
  /** Of the last try, when it failed: a code of errors.ts. */
  readonly problem?: string;
}

export const TRANSACTIONS = collectionOf<Transaction>()('transactions', {
  mid: { fields: ['mid'], unique: true },
  same: { fields: ['same', 'round'], unique: true },
  byTransaction: { fields: ['partner', 'registry', 'transactionId', 'acceptedAt'] },
  byCorrelation: { fields: ['partner', 'registry', 'correlationId', 'acceptedAt'] },
  /** Work of a lane, oldest first. */
  byLane: { fields: ['lane', 'state', 'acceptedAt'] },
  /** Retention, sweep, metrics. */
  byState: { fields: ['state', 'changedAt'] },
  /** Metrics. */
  byLimit: { fields: ['registry', 'limitedUntil'] },
});

/** `_id` = K(T, reference_id). Inserted before the transaction: one whose transaction never came refers to nothing. */
export interface Reference extends Stored {
  readonly partner: string;
  readonly registry: string;
  readonly referenceId: string;
  /** T. */
  readonly transaction: string;
  readonly at: number;
}

export const REFERENCES = collectionOf<Reference>()('reference_ids', {
  byReference: { fields: ['partner', 'registry', 'referenceId', 'at'] },
  byTransaction: { fields: ['transaction'] },
  byAge: { fields: ['at'] },
});

/** A search that an upstream was asked by a message, `_id` = K(registry, its transaction_id). */
export interface Relayed extends Stored {
  /** T. */
  readonly transaction: string;
  /** The items by reference, and which page of each. */
  readonly asked: readonly { readonly reference: string; readonly page: number; readonly size: number }[];
  /** The upstream took it. */
  readonly sent: boolean;
  /** What it answered: the ids of the messages that are the whole answer, in their order. */
  readonly parts?: readonly string[];
  /** Its answer is of no use: why. */
  readonly refused?: string;
  readonly at: number;
  /** Without an answer by then there is none. */
  readonly dueAt: number;
}

export const RELAYED = collectionOf<Relayed>()('relayed', {
  byTransaction: { fields: ['transaction'] },
  byAge: { fields: ['at'] },
});

/** A message that an upstream answered with, `_id` = K(the RELAYED, message_id). */
export interface RelayedPart extends Stored {
  /** Of the RELAYED. */
  readonly relayed: string;
  /** Its message, sealed; either it or `chunks` is there. */
  readonly message?: string | undefined;
  readonly chunks?: number | undefined;
  /** Characters of it. */
  readonly size: number;
  /** What its header counts. */
  readonly total?: number;
  readonly completed?: number;
  readonly at: number;
}

export const RELAYED_PARTS = collectionOf<RelayedPart>()('relayed_parts', {
  byRelayed: { fields: ['relayed', 'at'] },
  byAge: { fields: ['at'] },
});

/** A part of a body over 1 MB, `_id` = K(digest, n); inserted before the document that names it. */
export interface Chunk extends Stored {
  /** Names its set: an id, or an HMAC where the content is part of it (`chunkSet`). */
  readonly digest: string;
  readonly n: number;
  /** Sealed. */
  readonly data: string;
  readonly at: number;
}

export const CHUNKS = collectionOf<Chunk>()('chunks', {
  byDigest: { fields: ['digest', 'n'], unique: true },
  byAge: { fields: ['at'] },
});

/** A signed message's id that was used, `_id` = K(partner, message_id). */
export interface MemoryEntry extends Stored {
  readonly partner: string;
  readonly digest: string;
  /** T, where the message made one. */
  readonly transaction?: string;
  /** It may be forgotten from this time on. */
  readonly until: number;
}

export const MEMORY = collectionOf<MemoryEntry>()('message_ids', {
  byUntil: { fields: ['until'] },
});
