/** What rendering reads of a row: gathered while the renderer is made, then asked for by the query. */

import type { ChildSelection, NativeFilter, Selection } from '../plugin.ts';

/** Collects what rendering reads of one row. */
export interface Fetch {
  readonly columns: Set<string>;
  readonly children: Map<string, ChildSelection>;
}

export const newFetch = (): Fetch => ({ columns: new Set(), children: new Map() });

export const selectionOf = ({ columns, children }: Fetch): Selection => ({
  columns: [...columns],
  children: Object.fromEntries(children),
});

/** A child of the row under its alias. */
export const childSelection = (
  child: string,
  fetch: Fetch,
  conditions: { filter: NativeFilter; first?: NativeFilter },
): ChildSelection => ({
  child,
  ...selectionOf(fetch),
  ...(conditions.filter.kind !== 'all' && { filter: conditions.filter }),
  ...(conditions.first !== undefined && { first: conditions.first }),
});
