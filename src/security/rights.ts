/**
 * What a partner may do on one registry. Absent in a partner's entry means: nothing.
 * Everything is closed unless it is listed; `'all'` is an explicit word of the operator.
 */

import type { JsonNode } from '../dci/json-node.ts';

/** `identifiers`: identifier look-ups only. `selective`: every `or` branch holds a positive eq/in on a selective attribute. `any`: no bound. */
export type SearchWidth = 'identifiers' | 'selective' | 'any';

/**
 * What a partner may be allowed to do on a registry: search, subscribe, …; `status` of its own transactions, `receive` for what it
 * tells us, `submit` for data that is stored in the registry.
 */
export const ACTIONS = ['search', 'subscribe', 'unsubscribe', 'status', 'receive', 'submit'] as const;

/** Actions that `all` does not hold: who may read everything may not write for that. */
export const NAMED_ACTIONS: ReadonlySet<string> = new Set(['submit']);

export type Allowed = 'all' | readonly string[];

/** Why a partner may act for a purpose at all. */
export const LEGAL_BASES = [
  'consent',
  'contract',
  'legal_obligation',
  'legitimate_interest',
  'public_task',
  'vital_interest',
] as const;

export type LegalBasis = (typeof LEGAL_BASES)[number];

export interface RecordRights {
  /** Attributes that may stand in a query, as dotted paths of this record type; a path allows all below it. */
  readonly attributes: Allowed;
  /** Fields that come back, as dotted paths of this record type; a path allows all below it. */
  readonly fields: Allowed;
  /** Identifier types that may be searched and are shown. */
  readonly identifierTypes: Allowed;
  /** Only records that satisfy this query (any dialect); absent: all. Applies wherever such a record is nested. */
  readonly rows?: JsonNode;
  /** A second row filter, of the purpose that is acted for. */
  readonly purposeRows?: JsonNode;
}

export interface RegistryRights {
  readonly width: SearchWidth;
  /** By record type: `Person`, `Group`, `Member`. A type that is not listed is neither searched nor nested. */
  readonly records: ReadonlyMap<string, RecordRights>;
  /** Of `ACTIONS`. `all` is all but those of `NAMED_ACTIONS`. */
  readonly actions: Allowed;
  /** Names of the registry's scopes of fields, whose content is among `records` once the rights were loaded. Absent: none. */
  readonly scopes?: readonly string[] | undefined;
  /** What the partner may act for, by the name that requests carry. Absent: purposes are not asked for. */
  readonly purposes?: ReadonlyMap<string, PurposeRights> | undefined;
  /** Of requests that name none; absent: they are refused where there are purposes. */
  readonly defaultPurpose?: string | undefined;
  /** Of rights for a purpose that needs consent: only records that satisfy this, by record type, shown or not. `{today}` stands for the day. */
  readonly consent?: ReadonlyMap<string, JsonNode>;
  /** Of rights for a purpose whose consent is asked for: record types that stand for persons. */
  readonly asks?: ReadonlySet<string>;
}

export interface PurposeRights {
  readonly basis: LegalBasis;
  /** Names of the registry's scopes of fields, whose content is among `records` once the rights were loaded. */
  readonly scopes?: readonly string[];
  /** For this purpose no other record types than these, and no more of each than both say. Absent: as for the partner. */
  readonly records?: ReadonlyMap<string, NarrowedRecord>;
}

/** What is absent is as for the partner. */
export interface NarrowedRecord extends Partial<Pick<RecordRights, 'attributes' | 'fields' | 'identifierTypes'>> {
  readonly rows?: JsonNode;
}

/** Every row filter in force on a record type. */
export const rowFilters = ({ records, consent }: RegistryRights, recordType: string): readonly JsonNode[] => {
  const { rows, purposeRows } = records.get(recordType) ?? {};
  return [rows, purposeRows, consent?.get(recordType)].filter((each) => each !== undefined);
};
