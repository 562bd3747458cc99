/** Tells every copy of a registry's subscriptions that it is old (`Revision`). */

import { REVISIONS } from '../store/async-documents.ts';
import { type Documents, insertIfAbsentOf, replaceOf } from '../store/documents.ts';

/**
 * To be called when subscriptions were written and before anybody is told. Losing the comparison is as good: whoever
 * won read the revision after our write was done, so readers of the new one see it.
 */
export const reviseSubscriptions = async (documents: Documents, registry: string, at: number): Promise<void> => {
  const revision = await documents.get(REVISIONS, registry);
  if (revision !== undefined) await documents.apply([replaceOf(REVISIONS, { ...revision, at })]);
  else {
    const [outcome] = await documents.apply([insertIfAbsentOf(REVISIONS, { _id: registry, version: 1, at })]);
    // Another inserted it: perhaps before our write, when its readers did not see it.
    if (outcome !== 'done') await reviseSubscriptions(documents, registry, at);
  }
};

/** 0 while there were never any. */
export const revisionOf = async (documents: Documents, registry: string): Promise<number> =>
  (await documents.get(REVISIONS, registry))?.version ?? 0;
