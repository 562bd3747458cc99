/** Subscriptions and what becomes a notification. Times are milliseconds. */

import { collectionOf, type Stored } from '../documents.ts';

export type ChangeKind = 'created' | 'updated' | 'deleted';

/** `_id` = the subscription code. */
export interface Subscription extends Stored {
  readonly partner: string;
  readonly registry: string;
  /** Not cancelled, not ended. */
  readonly live: boolean;
  /** K(partner, registry, event, record type, canonical filter, frequency, callback); absent once it is not live. */
  readonly liveKey?: string | undefined;
  /** As the partner wrote it, and what it means. */
  readonly eventType: string;
  readonly changes: readonly ChangeKind[];
  readonly recordType: string;
  /** The request's item in JSON text, sealed: a filter may hold identifiers. */
  readonly request: string;
  /**
   * Where a change looks for its subscriptions: a keyed hash of one equality that the filter demands, `*` for every other filter.
   * See the index `byMatch`.
   */
  readonly match: string;
  readonly callbackUrl?: string;
  readonly frequency?: string;
  readonly startAt?: number;
  readonly endAt: number;
  /** When the next digest goes out. */
  readonly nextSlot?: number;
  /** After 5 days without a delivery, or by the operator. */
  readonly paused?: boolean;
  /** Who cancelled it: K(T, item), or a word (`expired`, `operator`). */
  readonly by?: string;
  /** T and the item that made it; absent: the operator did. */
  readonly transaction?: string;
  readonly item?: number;
  readonly createdAt: number;
  readonly changedAt: number;
}

export const SUBSCRIPTIONS = collectionOf<Subscription>()('subscriptions', {
  liveKey: { fields: ['liveKey'], unique: true },
  byMatch: { fields: ['registry', 'live', 'match'] },
  byPartner: { fields: ['partner', 'live', 'createdAt'] },
  bySlot: { fields: ['live', 'nextSlot'] },
  byEnd: { fields: ['live', 'endAt'] },
  byChange: { fields: ['registry', 'changedAt'] },
});

/** A change that concerns a subscription: `_id` = K(subscription, record type, record key, change version). */
export interface Event extends Stored {
  readonly sub: string;
  readonly partner: string;
  readonly registry: string;
  readonly recordType: string;
  readonly change: ChangeKind;
  /** The registry's own text for the version of the change. */
  readonly changeVersion: string;
  /** `numbered`: it is in the outbox and the body is dropped. `dropped`: it must not be told (rights, cancelled). */
  readonly state: 'waiting' | 'numbered' | 'dropped';
  /** Grows with the pages of the feed and inside them. */
  readonly position: number;
  /** The record or tombstone in JSON text, sealed. */
  readonly body?: string | undefined;
  readonly at: number;
}

export const EVENTS = collectionOf<Event>()('events', {
  bySubscription: { fields: ['sub', 'state', 'position'] },
  byState: { fields: ['state', 'at'] },
});

/** How far a registry's changes were read: `_id` = the feed (the registry's id). */
export interface Cursor extends Stored {
  /** The backend's own text. */
  readonly position: string;
  /** Pages read so far: the leading part of an event's position. */
  readonly page: number;
  readonly changedAt: number;
}

export const CURSORS = collectionOf<Cursor>()('cursors', {});

/** A row that could not be mapped: `_id` = K(registry, record type, record key). */
export interface Quarantined extends Stored {
  readonly registry: string;
  readonly recordType: string;
  /** Sealed. */
  readonly key: string;
  readonly change: ChangeKind;
  readonly changeVersion: string;
  readonly reason: string;
  readonly at: number;
}

export const QUARANTINE = collectionOf<Quarantined>()('quarantine', {
  byRegistry: { fields: ['registry', 'at'] },
});

/** What a subscription was sent, so that it can be told of the deletion: `_id` = HMAC of subscription and record key. */
export interface Sent extends Stored {
  readonly sub: string;
  readonly recordType: string;
  /** The identifiers that were sent, sealed. */
  readonly identifiers: string;
  readonly at: number;
}

export const SENT = collectionOf<Sent>()('sent', {
  bySubscription: { fields: ['sub', 'at'] },
  byAge: { fields: ['at'] },
});

/** What a record looked like when a feed saw it last: `_id` = HMAC of registry, record type and record key. */
export interface Seen extends Stored {
  readonly registry: string;
  /** Of the content. */
  readonly hash: string;
  readonly at: number;
}

export const SEEN = collectionOf<Seen>()('seen', {
  byRegistry: { fields: ['registry', 'at'] },
});
