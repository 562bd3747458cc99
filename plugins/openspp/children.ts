/** Child rows of a page: one call for each alias of the selection, on each level. */

import {
  BackendError,
  type ChildSelection,
  type NativeFilter,
  type NativeRow,
  type Selection,
} from 'dci-gateway/plugin';
import { liveRows } from './compile-filter.ts';
import { and, domainOf, term } from './domain.ts';
import { compareChildren } from './edge-order.ts';
import type { BoundColumn, BoundEdge, BoundEntity } from './model.ts';
import { fieldsOf, linkOf, type ReadRow, readRows } from './read-rows.ts';
import { type FoundRow, foundRows, neededColumns } from './search.ts';
import { MAX_CHILD_ROWS, tooMany } from './too-many.ts';
import { type Call, entityOf } from './tools.ts';

/** Hangs the children that the selection asks for onto the rows. */
export const fetchChildren = async (
  entity: BoundEntity,
  select: Selection,
  rows: readonly FoundRow[],
  call: Call,
): Promise<void> => {
  for (const [alias, child] of Object.entries(select.children)) {
    if (!entity.described.children.has(child.child))
      throw new BackendError('refused', `entity ${entity.name} has no child ${child.child}`);
    const edge = entity.edges.get(child.child);
    const byParent = edge === undefined ? new Map() : await fetchEdge(edge, child, rows, call);
    for (const parent of rows) {
      const value = edge === undefined ? undefined : linkOf(parent, edge.ours);
      parent.row.children[alias] = (value === undefined ? undefined : byParent.get(value)) ?? [];
    }
  }
};

const fetchEdge = async (
  edge: BoundEdge,
  select: ChildSelection,
  parents: readonly FoundRow[],
  call: Call,
): Promise<ReadonlyMap<number, readonly NativeRow[]>> => {
  const child = entityOf(call, edge.entity);
  const asked = neededColumns(child, select);
  const columns = [...new Set([...asked, edge.theirs, ...edge.order.map(({ column }) => column)])];
  const rows = await childRows(edge, child, select, columns, parents, call);
  const found = await foundRows(child, select, columns, rows, call);
  const byParent = new Map<number, NativeRow[]>();
  for (const each of found) {
    const parent = linkOf(each, edge.theirs) ?? 0;
    const siblings = byParent.get(parent);
    if (siblings === undefined) byParent.set(parent, [each.row]);
    else siblings.push(each.row);
  }
  return byParent;
};

/** In the edge's order. */
const childRows = async (
  edge: BoundEdge,
  child: BoundEntity,
  { first, filter }: ChildSelection,
  columns: readonly BoundColumn[],
  parents: readonly FoundRow[],
  call: Call,
): Promise<readonly ReadRow[]> => {
  const keys = [...new Set(parents.map((row) => linkOf(row, edge.ours)).filter((value) => value !== undefined))];
  if (keys.length === 0) return [];
  const ofParents = { field: edge.theirs.field, keys };
  const wanted = first ?? filter;
  const rows = await rowsOf(child, ofParents, wanted === undefined ? [] : [wanted], columns, edge, call);
  const sorted = rows.toSorted((left, right) => compareChildren(edge, left, right));
  if (first === undefined) return sorted;
  const firsts = [...firstOfEach(edge, sorted).values()];
  if (filter === undefined || firsts.length === 0) return firsts;
  const theirs = { field: 'id', keys: firsts.map(({ id }) => id) };
  const satisfying = new Set((await rowsOf(child, theirs, [filter], [], edge, call)).map(({ id }) => id));
  return firsts.filter(({ id }) => satisfying.has(id));
};

const firstOfEach = (edge: BoundEdge, sorted: readonly ReadRow[]): ReadonlyMap<number, ReadRow> => {
  const first = new Map<number, ReadRow>();
  for (const row of sorted) {
    const parent = linkOf(row, edge.theirs) ?? 0;
    if (!first.has(parent)) first.set(parent, row);
  }
  return first;
};

const rowsOf = async (
  child: BoundEntity,
  { field, keys }: { readonly field: string; readonly keys: readonly number[] },
  filters: readonly NativeFilter[],
  columns: readonly BoundColumn[],
  edge: BoundEdge,
  call: Call,
): Promise<readonly ReadRow[]> => {
  const condition = and(term(field, 'in', keys), await liveRows(child, filters, call));
  if (child.model === undefined || condition.kind === 'none') return [];
  const options = {
    domain: domainOf(condition),
    fields: fieldsOf(columns),
    limit: MAX_CHILD_ROWS + 1,
    order: 'id asc',
  };
  const records = await call.odoo.read(child.model, options, call.ctx);
  if (records.length > MAX_CHILD_ROWS) throw tooMany(edge);
  return readRows(columns, records, call);
};
