/** Audit entries of what cannot be taken back: on the disk before it is done, and again with what became of it. */

import type { Clock } from '../clock.ts';
import { AUDIT, type AuditEntry } from '../store/async-documents.ts';
import { type Documents, insertIfAbsentOf } from '../store/documents.ts';
import type { AuditEntryOf, Audited } from './audit.ts';

/** `outcome` of an entry while it is not known what became of it; it stays in the store where that is never known. */
const BEGUN = 'begun';
/** What is told of such an entry when nobody can be at work on it any more. */
const UNKNOWN = 'unknown';

/** Beside the call itself: both writes of its entry, and clocks of several machines that differ. */
const AROUND_A_CALL_MS = 60_000;

/**
 * What is to be told of an entry. Derived from its age and never written: whoever is late after all writes the outcome into
 * an entry that nobody has touched.
 * @param searchMs the longest that a registry is given
 */
export const toldOutcome = ({ outcome, at }: AuditEntry, now: number, searchMs: number): string =>
  outcome === BEGUN && now - at > searchMs + AROUND_A_CALL_MS ? UNKNOWN : outcome;

/** Says what became of it. Rejects with a StoreError: the entry stays as it was begun. */
export type EndAudit = (end: Pick<Audited, 'outcome' | 'count'>) => Promise<void>;

/** Resolves when the entry is stored. Rejects with a StoreError: then nothing may be done. */
export type AuditFirst = (audited: Omit<Audited, 'outcome' | 'count'>) => Promise<EndAudit>;

export const createAuditFirst =
  (documents: Documents, entryOf: AuditEntryOf, clock: Clock): AuditFirst =>
  async (audited) => {
    const entry = entryOf({ ...audited, outcome: BEGUN, count: 0 }, clock());
    await documents.apply([insertIfAbsentOf(AUDIT, entry)]);
    return async (end) => {
      await documents.replace(AUDIT, { ...entry, ...end });
    };
  };
