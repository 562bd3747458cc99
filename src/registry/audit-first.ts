/** Audit entries of what cannot be taken back: on the disk before it is done, and again with what became of it. */

import type { Clock } from '../clock.ts';
import { AUDIT } from '../store/async-documents.ts';
import { type Documents, insertIfAbsentOf } from '../store/documents.ts';
import type { AuditEntryOf, Audited } from './audit.ts';

/** `outcome` of an entry while it is not known what became of it; it stays where that is never known. */
export const BEGUN = 'begun';

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
