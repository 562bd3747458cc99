/** Who asked for what, for which purpose, and what was told: written before the answer leaves (ASYNC, "At rest"). */

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

/** Resolves once the entry is on the disk; rejects with a `StoreError`, and then nothing may be told. */
export type WriteAudit = (audited: Audited) => Promise<void>;

/** Each costs a hash and 64 bytes; an entry says how many there were. */
const MOST_IDENTIFIERS = 100;

/** Stands for an identifier in audit entries. Without a type: one that was compared without naming its type. */
export const identifierHash = (keyed: Keyed, { type = '', value }: TriedIdentifier): string =>
  keyed('identifier', type, value);

export const createAudit =
  ({
    documents,
    keyed,
    clock,
  }: {
    readonly documents: Documents;
    readonly keyed: Keyed;
    readonly clock: Clock;
  }): WriteAudit =>
  async ({ id = randomUUID(), identifiers, ...rest }) => {
    const entry: AuditEntry = {
      ...{ _id: id, version: 1, at: clock(), ...rest, tried: identifiers.length },
      identifiers: identifiers.slice(0, MOST_IDENTIFIERS).map((each) => identifierHash(keyed, each)),
    };
    await documents.apply([insertIfAbsentOf(AUDIT, entry)]);
  };
