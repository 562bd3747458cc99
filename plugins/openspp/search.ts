/** A page: its rows, its total where the page is full, and one call for each child edge that is asked for. */

import {
  BackendError,
  type NativeRow,
  type NativeValue,
  type RegistryQuery,
  type SearchPage,
  type Selection,
} from 'dci-gateway/plugin';
import { fetchChildren } from './children.ts';
import { compileFilter, liveRows } from './compile-filter.ts';
import { fillCounts } from './counts.ts';
import { and, type Condition, domainOf, term } from './domain.ts';
import type { BoundColumn, BoundEntity } from './model.ts';
import { fieldsOf, type ReadRow, readRows } from './read-rows.ts';
import { type Call, columnOf, entityOf } from './tools.ts';

/** A row with what its children hang on, before they are hung on. */
export interface FoundRow extends ReadRow {
  readonly row: NativeRow & { readonly children: Record<string, readonly NativeRow[]> };
}

export const search = async (query: RegistryQuery, call: Call): Promise<SearchPage> => {
  const entity = entityOf(call, query.entity);
  const order = orderOf(entity, query);
  const condition =
    query.deleted === 'with'
      ? and(entity.where, (await compileFilter(entity, query.filter, call)).yes)
      : await liveRows(entity, [query.filter], call);
  const { model } = entity;
  const columns = neededColumns(entity, query.select);
  if (model === undefined || condition.kind === 'none') return { rows: [], total: 0 };
  const domain = domainOf(condition);
  const { limit, offset, countCap } = query;
  const page = { domain, fields: fieldsOf(columns), limit, offset, order };
  const records = limit === 0 ? [] : await call.odoo.read(model, page, call.ctx);
  const full = records.length >= limit || (records.length === 0 && offset > 0);
  const [total, rows] = await Promise.all([
    full ? call.odoo.count(model, domain, countCap, call.ctx) : offset + records.length,
    foundRows(entity, query.select, columns, await readRows(columns, records, call), call),
  ]);
  const found = query.deleted === 'with' ? await withLife(entity, rows, call) : rows.map(({ row }) => row);
  return { rows: found, total: Math.min(total, countCap) };
};

/** The rows as the selection asks for them, with their children. */
export const foundRows = async (
  entity: BoundEntity,
  select: Selection,
  columns: readonly BoundColumn[],
  read: readonly ReadRow[],
  call: Call,
): Promise<readonly FoundRow[]> => {
  const counted = await fillCounts(entity, columns, read, call);
  const rows = counted.map(({ id, values }): FoundRow => {
    const asked = select.columns.map((name): [string, NativeValue] => [name, values[name] ?? null]);
    return { id, values, row: { columns: Object.fromEntries(asked), children: {} } };
  });
  await fetchChildren(entity, select, rows, call);
  return rows;
};

/** Columns to read: those asked for, and those that children hang on. */
export const neededColumns = (entity: BoundEntity, select: Selection): readonly BoundColumn[] => {
  const needed = new Set(select.columns.map((name) => columnOf(entity, name)));
  for (const { child } of Object.values(select.children)) {
    const ours = entity.edges.get(child)?.ours;
    if (ours !== undefined) needed.add(ours);
  }
  return [...needed];
};

const orderOf = (entity: BoundEntity, { order }: RegistryQuery): string => {
  const parts = order.map(({ column: name, direction }) => {
    const column = columnOf(entity, name);
    if (!column.described.sortable || !('field' in column))
      throw new BackendError('refused', `column ${name} cannot be sorted by`);
    // Ascending, PostgreSQL puts them last by itself.
    return `${column.field} ${direction}${direction === 'desc' && column.kind !== 'id' ? ' nulls last' : ''}`;
  });
  return order.some(({ column }) => column === 'id') ? parts.join(', ') : [...parts, 'id asc'].join(', ');
};

const withLife = async (entity: BoundEntity, rows: readonly FoundRow[], call: Call): Promise<readonly NativeRow[]> => {
  const alive = await livingOf(entity, rows, call);
  return rows.map(({ id, row }) => ({ ...row, live: alive.has(id) }));
};

const livingOf = async (entity: BoundEntity, rows: readonly ReadRow[], call: Call): Promise<ReadonlySet<number>> => {
  const { model } = entity;
  if (model === undefined || rows.length === 0) return new Set();
  const ids = rows.map(({ id }) => id);
  const condition: Condition = and(term('id', 'in', ids), await liveRows(entity, [], call));
  const options = { domain: domainOf(condition), fields: ['id'], limit: ids.length, order: 'id asc' };
  return new Set((await call.odoo.read(model, options, call.ctx)).map(({ id }) => id));
};
