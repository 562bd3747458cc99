/** Views of the gateway's own: what a filter is held against, whoever asks. Nothing of them leaves the gateway. */

import type { Mapping, RecordView, View } from '../mapping/mapping.ts';

const WHOLE: RecordView = { shows: () => true, showsIdentifier: () => true, rows: undefined };

/** Every field of every record. */
export const fullView = (mapping: Mapping): View => ({
  of: (recordType) => (mapping.records.has(recordType) ? WHOLE : undefined),
});

/** Every field of the records that this view's row filters and its consent let through, wherever they are nested. */
export const wholeRows = (view: View): View => ({
  of: (recordType) => {
    const own = view.of(recordType);
    return own && { ...WHOLE, rows: own.rows };
  },
  ...(view.held !== undefined && { held: view.held }),
});
