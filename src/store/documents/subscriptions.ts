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
  /** A domain's own event (`DEATH`), where it is one: only changes that their source names so. */
  readonly event?: string;
  readonly recordType: string;
  /** What it is for, as it was named; absent: the partner's default. */
  readonly purpose?: string;
  /** The request's item in JSON text, sealed: a filter may hold identifiers. */
  readonly request: string;
  readonly callbackUrl?: string;
  readonly frequency?: string;
  readonly startAt?: number;
  readonly endAt: number;
  /** When the next digest goes out. */
  readonly nextSlot?: number | undefined;
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
  /** All of a registry, paged by `_id`. */
  byRegistry: { fields: ['registry', 'live'] },
  byPartner: { fields: ['partner', 'live', 'createdAt'] },
  bySlot: { fields: ['live', 'nextSlot'] },
  byEnd: { fields: ['live', 'endAt'] },
  byChange: { fields: ['registry', 'changedAt'] },
  byPaused: { fields: ['paused', 'live'] },
});

/**
 * Grows with every change of which subscriptions a registry has (its `version` does): `_id` = the registry. Written after the subscription
 * and before anybody is told of it, so that a copy in memory of the same revision lacks none that was confirmed.
 */
export interface Revision extends Stored {
  readonly at: number;
}

export const REVISIONS = collectionOf<Revision>()('subscription_revisions', {});

/** A change that concerns a subscription: `_id` = K(subscription, HMAC of registry, record type and record key, change version). */
export interface Event extends Stored {
  readonly sub: string;
  readonly partner: string;
  readonly registry: string;
  readonly recordType: string;
  readonly change: ChangeKind;
  /** The registry's own text for the version of the change. */
  readonly changeVersion: string;
  /**
   * `undecided`: it could concern the subscription, once a service has decided about consent. `decided`: it has, and the first
   * answer stands; what is remembered of it is written before it waits. `numbered`: it is in the outbox and the body is
   * dropped. `dropped`: it must not be told (consent, rights, cancelled).
   */
  readonly state: 'undecided' | 'decided' | 'waiting' | 'numbered' | 'dropped';
  /** HMAC of registry, record type and record key; until it is decided and remembered. */
  readonly record?: string | undefined;
  /** Of the record in the registry, in JSON text, sealed; while it is undecided. */
  readonly key?: string | undefined;
  /** While it is undecided: to be told only if the record left what the subscription was sent. */
  readonly onlyLeft?: true | undefined;
  /** While it is decided: the identifiers to be remembered, in JSON text, sealed. */
  readonly identifiers?: string | undefined;
  /** While it waits and its subscription has no frequency: it is numbered at once. */
  readonly urgent?: true | undefined;
  /** Grows with the pages of the feed and inside them; what is worked on again later stands later. */
  readonly position: number;
  /** What is told of it: `UPDATE`, `DEATH`. */
  readonly name: string;
  /** What the partner's rights were when it was rendered; absent of events from before this was kept. */
  readonly rightsVersion?: string;
  /** Whose consent it rests on, in JSON text, sealed. */
  readonly persons?: string | undefined;
  /** The record or tombstone in JSON text, sealed. */
  readonly body?: string | undefined;
  /** HMACs of the identifiers of whom it tells, until it is numbered: for the audit entry. */
  readonly about?: readonly string[] | undefined;
  readonly at: number;
}

export const EVENTS = collectionOf<Event>()('events', {
  bySubscription: { fields: ['sub', 'state', 'position'] },
  byState: { fields: ['state', 'at'] },
  byUrgent: { fields: ['registry', 'urgent', 'position'] },
  /** What is on its way to being remembered as `Sent`. */
  byRecord: { fields: ['record', 'sub'] },
});

/** How far a registry's changes were read: `_id` = the feed (the registry's id). */
export interface Cursor extends Stored {
  /** JSON text, sealed: the backend's own cursor of each source, by the source's id. It may hold the key of the last row. */
  readonly position: string;
  /** Highest position that an event was given so far. */
  readonly highest: number;
  /** Every source is to be read once more from then on, whenever its turn would be. */
  readonly again?: number;
  readonly changedAt: number;
}

export const CURSORS = collectionOf<Cursor>()('cursors', {});

/** A row whose key was pushed, to be read again: `_id` = a keyed hash of registry, request, place in it and what it says, random where the request has no name. */
export interface Pushed extends Stored {
  readonly registry: string;
  readonly recordType: string;
  /** JSON text, sealed. */
  readonly key: string;
  readonly event?: string;
  /** What happened to the record, where it was said. */
  readonly change?: ChangeKind;
  readonly at: number;
}

export const PUSHED = collectionOf<Pushed>()('pushed', {
  byRegistry: { fields: ['registry', 'at'] },
  byAge: { fields: ['at'] },
});

/** A row that could not be mapped: `_id` = K(HMAC of registry, record type and record key). */
export interface Quarantined extends Stored {
  readonly registry: string;
  readonly recordType: string;
  /** Sealed. */
  readonly key: string;
  readonly change: ChangeKind;
  readonly changeVersion: string;
  readonly reason: string;
  /** The operator asked for another try. */
  readonly retry?: true | undefined;
  readonly at: number;
}

export const QUARANTINE = collectionOf<Quarantined>()('quarantine', {
  byRegistry: { fields: ['registry', 'at'] },
  byRetry: { fields: ['registry', 'retry', 'at'] },
  byAge: { fields: ['at'] },
});

/** What a subscription was sent, so that it can be told of the deletion: `_id` = HMAC of subscription and record key. */
export interface Sent extends Stored {
  readonly sub: string;
  readonly recordType: string;
  /** HMAC of registry, record type and record key. */
  readonly record: string;
  /** The identifiers that were sent, sealed. */
  readonly identifiers: string;
  readonly at: number;
}

export const SENT = collectionOf<Sent>()('sent', {
  byRecord: { fields: ['record', 'sub'] },
  bySubscription: { fields: ['sub', 'at'] },
  byAge: { fields: ['at'] },
});

/** What a record looked like when a feed saw it last: `_id` = HMAC of registry, record type and record key. */
export interface Seen extends Stored {
  readonly registry: string;
  /** HMAC of the content; empty where it is not known, `gone` when the record is. */
  readonly hash: string;
  readonly at: number;
}

export const SEEN = collectionOf<Seen>()('seen', {
  byRegistry: { fields: ['registry', 'at'] },
});
