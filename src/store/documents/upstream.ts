/** Subscriptions of our own at an upstream. Times are milliseconds. */

import { collectionOf, type Stored } from '../documents.ts';

/** One event of one record type. */
export interface OwnSubscriptionItem {
  readonly event: string;
  /** As the mapping names it. */
  readonly recordType: string;
  /**
   * `asked`: the upstream has not said yet. `live`: it said yes. `exists`: it says that there is one already, of which we know
   * no code. `refused`: it said no.
   */
  readonly state: 'asked' | 'live' | 'exists' | 'refused';
  readonly code?: string;
  /** The standard's code of a refusal. */
  readonly reason?: string;
  /** When another is to take its place, where it ends. */
  readonly renewAt?: number;
}

/** `_id` = the registry. */
export interface OwnSubscription extends Stored {
  /** K of what is wanted: where it is another, all is asked anew. */
  readonly wanted: string;
  /** Of the subscribe request: its ids and its time follow from it, so that it can be sent again. */
  readonly round: number;
  readonly askedAt: number;
  readonly items: readonly OwnSubscriptionItem[];
  /** `asking`: the upstream has not taken the request. `asked`: it has, and has not answered all of it. */
  readonly state: 'asking' | 'asked' | 'live' | 'refused';
  /** Codes in whose place others are wanted: they are to be ended. */
  readonly old: readonly string[];
  /** Changes may have been missed: what can be read again is read again. */
  readonly gap: boolean;
  /** Of calls, one after the other. */
  readonly failures: number;
  /** Why it is not as it should be, for the log and the operator. */
  readonly problem?: string | undefined;
  /** When something is next to be done. */
  readonly dueAt: number;
}

export const OWN_SUBSCRIPTIONS = collectionOf<OwnSubscription>()('own_subscriptions', {});
