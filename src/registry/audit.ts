/** Who asked for what, for which purpose, and what was told (ASYNC, "At rest"). */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { TriedIdentifier } from '../query/count-identifiers.ts';
import { AUDIT, type AuditEntry } from '../store/async-documents.ts';
import { type Documents, insertIfAbsentOf } from '../store/documents.ts';
import type { Keyed } from './keyed.ts';

export interface Audited extends Omit<AuditEntry, '_id' | 'version' | 'at' | 'identifiers' | 'tried'> {
  /** Of work that may be done again: it is written once. */
  readonly id?: string | undefined;
  readonly identifiers: readonly TriedIdentifier[];
}

/** Takes the entry of an answer that is about to be told. Throws, or rejects with, a `StoreError`: then nothing may be told. */
export type WriteAudit = (audited: Audited) => Promise<void> | void;

/** Each costs a hash and 64 bytes; an entry says how many there were. */
const MOST_IDENTIFIERS = 100;

/** Stands for an identifier in audit entries. Without a type: one that was compared without naming its type. */
export const identifierHash = (keyed: Keyed, { type = '', value }: TriedIdentifier): string =>
  keyed('identifier', type, value);

/** @param at when it was told */
export type AuditEntryOf = (audited: Audited, at: number) => AuditEntry;

export const createAuditEntry =
  (keyed: Keyed): AuditEntryOf =>
  ({ id = randomUUID(), identifiers, ...rest }, at) => ({
    ...{ _id: id, version: 1, at, ...rest, tried: identifiers.length },
    identifiers: identifiers.slice(0, MOST_IDENTIFIERS).map((each) => identifierHash(keyed, each)),
  });

/** On the disk before anything is told: for answers that wait for a write of their own anyway. */
export const createAudit =
  ({
    documents,
    entryOf,
    clock,
  }: {
    readonly documents: Documents;
    readonly entryOf: AuditEntryOf;
    readonly clock: Clock;
  }): WriteAudit =>
  async (audited) => {
    await documents.apply([insertIfAbsentOf(AUDIT, entryOf(audited, clock()))]);
  };
