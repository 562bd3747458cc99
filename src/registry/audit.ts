/** Who asked for what, for which purpose, and what was told (ASYNC, "At rest"). */

import { randomUUID } from 'node:crypto';
import type { TriedIdentifier } from '../query/count-identifiers.ts';
import type { AuditEntry } from '../store/async-documents.ts';
import type { Keyed } from './keyed.ts';

/** Or the hash that stands for it. */
export type Identified = TriedIdentifier | string;

export interface Audited extends Omit<AuditEntry, '_id' | 'version' | 'at' | 'identifiers' | 'tried'> {
  readonly identifiers: readonly Identified[];
}

/** Takes the entry of an answer that is about to be told. Throws a `StoreError`: then nothing may be told. */
export type WriteAudit = (audited: Audited) => void;

/** Items of one message; each costs a hash and 64 bytes. An entry says how many there were. */
export const MOST_IDENTIFIERS = 1_000;

/** Stands for an identifier in audit entries. Without a type: one that was compared without naming its type. */
export const identifierHash = (keyed: Keyed, { type = '', value }: TriedIdentifier): string =>
  keyed('identifier', type, value);

/**
 * @param at when it was told
 * @param id of what may be written again
 */
export type AuditEntryOf = (audited: Audited, at: number, id?: string) => AuditEntry;

export const createAuditEntry =
  (keyed: Keyed): AuditEntryOf =>
  ({ identifiers, ...rest }, at, id = randomUUID()) => ({
    ...{ _id: id, version: 1, at, ...rest, tried: identifiers.length },
    identifiers: identifiers
      .slice(0, MOST_IDENTIFIERS)
      .map((each) => (typeof each === 'string' ? each : identifierHash(keyed, each))),
  });

/** What became of the items together: `part` where some were refused. */
export const outcomeOf = (items: readonly { readonly status?: unknown }[]): string => {
  const refused = items.filter(({ status }) => status === 'rjct').length;
  return refused === 0 ? 'succ' : refused === items.length ? 'rjct' : 'part';
};
