/** Columns that count live child rows: one call for all rows of a page. */

import { liveRows } from './compile-filter.ts';
import { and, domainOf, term } from './domain.ts';
import type { BoundColumn, BoundEntity, CountColumn } from './model.ts';
import { fieldsOf, linkOf, type ReadRow, readRows } from './read-rows.ts';
import { MAX_CHILD_ROWS, tooMany } from './too-many.ts';
import { type Call, entityOf } from './tools.ts';

export const fillCounts = async (
  entity: BoundEntity,
  columns: readonly BoundColumn[],
  rows: readonly ReadRow[],
  call: Call,
): Promise<readonly ReadRow[]> => {
  let filled = rows;
  for (const column of columns) if (column.kind === 'count') filled = await fillCount(entity, column, filled, call);
  return filled;
};

const fillCount = async (
  entity: BoundEntity,
  { name, child }: CountColumn,
  rows: readonly ReadRow[],
  call: Call,
): Promise<readonly ReadRow[]> => {
  const edge = entity.edges.get(child);
  const target = edge === undefined ? undefined : entityOf(call, edge.entity);
  const counts = new Map<number, number>();
  if (edge !== undefined && target?.model !== undefined && rows.length > 0) {
    const ids = rows.map(({ id }) => id);
    const domain = domainOf(and(term(edge.theirs.field, 'in', ids), await liveRows(target, [], call)));
    const options = { domain, fields: fieldsOf([edge.theirs]), limit: MAX_CHILD_ROWS + 1, order: 'id asc' };
    const records = await call.odoo.read(target.model, options, call.ctx);
    if (records.length > MAX_CHILD_ROWS) throw tooMany(edge);
    for (const row of await readRows([edge.theirs], records, call)) {
      const parent = linkOf(row, edge.theirs) ?? 0;
      counts.set(parent, (counts.get(parent) ?? 0) + 1);
    }
  }
  return rows.map((row) => ({ ...row, values: { ...row.values, [name]: counts.get(row.id) ?? 0 } }));
};
