/** What a selection reads of an entity: found once, for a view's selection comes again with each of its searches. */

import type { ChildSelection, Selection } from 'dci-gateway/plugin';
import { columnOf, edgeOf } from './bound-filter.ts';
import type { StoredColumn } from './dialect.ts';
import type { ModelEdge, ModelEntity } from './model.ts';

export interface Selected {
  /** The columns asked for. */
  readonly asked: readonly string[];
  /** Those, and the ones that children hang on. */
  readonly columns: readonly StoredColumn[];
  /** In the shape of a statement. */
  readonly shape: string;
  readonly children: readonly SelectedChild[];
}

export interface SelectedChild {
  readonly alias: string;
  readonly edge: ModelEdge;
  readonly select: ChildSelection;
}

/** With the entity that it was found of: live rows and all rows are two. */
const known = new WeakMap<Selection, { readonly entity: ModelEntity; readonly selected: Selected }>();

/** @throws BackendError `refused` for names that the entity does not have */
export const selectedOf = (entity: ModelEntity, select: Selection): Selected => {
  const last = known.get(select);
  if (last?.entity === entity) return last.selected;
  const selected = findSelected(entity, select);
  known.set(select, { entity, selected });
  return selected;
};

const findSelected = (entity: ModelEntity, select: Selection): Selected => {
  const asked = [...new Set(select.columns)];
  const children = Object.entries(select.children).map(([alias, child]) => ({
    alias,
    edge: edgeOf(entity, child.child),
    select: child,
  }));
  const hung = children.flatMap(({ edge }) => edge.on.map(({ ours }) => ours));
  const columns = [...new Set([...asked.map((name) => columnOf(entity, name)), ...hung])];
  return { asked, columns, shape: shapeOf(columns), children };
};

export const shapeOf = (columns: readonly StoredColumn[]): string => columns.map(({ index }) => index).join();
