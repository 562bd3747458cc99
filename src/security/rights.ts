/**
 * What a partner may do on one registry. Absent in a partner's entry means: nothing.
 * Everything is closed unless it is listed; `'all'` is an explicit word of the operator.
 */

import type { JsonNode } from '../dci/json-node.ts';

/** `identifiers`: identifier look-ups only. `selective`: every `or` branch holds a positive eq/in on a selective attribute. `any`: no bound. */
export type SearchWidth = 'identifiers' | 'selective' | 'any';

/** What a partner may be allowed to do on a registry: search, subscribe, …; `status` of its own transactions, `receive` for what it tells us. */
export const ACTIONS = ['search', 'subscribe', 'unsubscribe', 'status', 'receive'] as const;

export type Allowed = 'all' | readonly string[];

export interface RecordRights {
  /** Attributes that may stand in a query, as dotted paths of this record type; a path allows all below it. */
  readonly attributes: Allowed;
  /** Fields that come back, as dotted paths of this record type; a path allows all below it. */
  readonly fields: Allowed;
  /** Identifier types that may be searched and are shown. */
  readonly identifierTypes: Allowed;
  /** Only records that satisfy this query (any dialect); absent: all. Applies wherever such a record is nested. */
  readonly rows?: JsonNode;
}

export interface RegistryRights {
  readonly width: SearchWidth;
  /** By record type: `Person`, `Group`, `Member`. A type that is not listed is neither searched nor nested. */
  readonly records: ReadonlyMap<string, RecordRights>;
  /** Of `ACTIONS`. */
  readonly actions: Allowed;
  /** Names of the registry's scopes of fields, whose content is among `records` once the rights were loaded. Absent: none. */
  readonly scopes?: readonly string[] | undefined;
}
