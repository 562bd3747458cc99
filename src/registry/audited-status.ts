/** The audit entry of a status answer that shows what a search found, or what a subscription tells. */

import type { AuditEntry } from '../store/async-documents.ts';
import type { Audited } from './audit.ts';
import { countRecords } from './kept-records.ts';
import { type AskedReferences, isAsked } from './own-transactions.ts';
import type { ShownMessage } from './status-items.ts';

/** Undefined where only states were told. @param only items that were asked for; absent: all */
export const auditedStatus = (
  asked: Pick<Audited, 'partner' | 'registry' | 'outcome' | 'transaction'>,
  shown: readonly ShownMessage[],
  only: AskedReferences | undefined,
): Audited | undefined => {
  const told = shown.flatMap(({ entry, items }) => {
    const wanted = items.filter(({ reference_id: id }) => isAsked(only, entry.transaction, id));
    return wanted.length === 0 ? [] : [{ entry, count: countRecords(wanted) }];
  });
  if (told.length === 0) return undefined;
  const entries = told.map(({ entry }) => entry);
  const [sub, ...others] = new Set(entries.map((entry) => entry.sub));
  return {
    ...{ ...asked, action: 'status', count: told.reduce((sum, { count }) => sum + count, 0) },
    ...auditedBefore(entries.map(({ audit }) => audit)),
    ...(sub !== undefined && others.length === 0 && { sub }),
  };
};

/** Of messages that are told once more. */
export const auditedBefore = (
  audits: readonly (AuditEntry | undefined)[],
): Pick<Audited, 'purposes' | 'identifiers'> => {
  const purposes = new Set(audits.flatMap((audit) => audit?.purposes ?? []));
  return {
    ...(purposes.size > 0 && { purposes: [...purposes] }),
    identifiers: [...new Set(audits.flatMap((audit) => audit?.identifiers ?? []))],
  };
};
