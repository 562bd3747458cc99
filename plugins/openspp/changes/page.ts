/**
 * Rows in the order of a time, a page at a time. Odoo answers times cut to their second but sorts by the microseconds below it, and
 * all rows of one transaction have the same time. So a page ends with a whole second; one that does not fit is read by number.
 */

import type { NativeFilter } from 'dci-gateway/plugin';
import type { PageOfRows, PagePosition, PassPage, PassRow } from '../../native/changes/column-pass.ts';
import { compileFilter } from '../compile-filter.ts';
import { and, type Condition, domainOf, term } from '../domain.ts';
import type { BoundColumn, BoundEntity, FieldColumn } from '../model.ts';
import { fieldsOf, readRows } from '../read-rows.ts';
import type { Call } from '../tools.ts';

/** What a change shows in: all that rows hold by themselves. */
export const contentOf = (entity: BoundEntity): readonly BoundColumn[] =>
  [...entity.columns.values()].filter(({ kind }) => kind !== 'count' && kind !== 'keys' && kind !== 'empty');

/** `from` a second on, `after` it, or `in` it after the row with a number. */
type Position = readonly ['from' | 'after', second: string] | readonly ['in', second: string, id: number];

export const changedPage = async (
  entity: BoundEntity,
  column: FieldColumn,
  { filter, undated, after, limit }: PageOfRows,
  call: Call,
): Promise<PassPage> => {
  const read = (further: Condition, order: string, ...filters: readonly NativeFilter[]): Promise<readonly PassRow[]> =>
    readChanged(entity, [filter, ...filters], further, { order, limit }, call);
  if (undated) return byNumber(await read(idAfter(Number(after?.[0] ?? 0)), 'id asc'), limit);
  const compare = (op: 'eq' | 'ge' | 'gt', value: string): NativeFilter => {
    return { kind: 'compare', column: column.name, op, value };
  };
  const position = after as Position | undefined; // what was answered below
  if (position?.[0] === 'in') {
    const [, second, id] = position;
    const rows = await read(idAfter(id), 'id asc', compare('eq', second));
    const last = rows.length < limit ? undefined : rows[rows.length - 1];
    return { rows, after: last === undefined ? ['after', second] : ['in', second, Number(last.key[0])] };
  }
  const from = position === undefined ? [] : [compare(position[0] === 'from' ? 'ge' : 'gt', position[1])];
  const rows = await read({ kind: 'all' }, `${column.field} asc, id asc`, ...from);
  if (rows.length < limit) return { rows, after: undefined };
  const second = String(rows[rows.length - 1]?.columns[column.name]);
  return { rows: rows.filter((row) => row.columns[column.name] !== second), after: ['in', second, 0] };
};

const idAfter = (id: number): Condition => term('id', '>', id);

const byNumber = (rows: readonly PassRow[], limit: number): PassPage => {
  const last = rows[rows.length - 1];
  const after: PagePosition | undefined = last === undefined || rows.length < limit ? undefined : last.key;
  return { rows, after };
};

/** Rows that are archived, disabled or ended are changes too. */
const readChanged = async (
  entity: BoundEntity,
  filters: readonly NativeFilter[],
  further: Condition,
  { order, limit }: { readonly order: string; readonly limit: number },
  call: Call,
): Promise<readonly PassRow[]> => {
  const { model } = entity;
  if (model === undefined) return [];
  const columns = contentOf(entity);
  const wanted = await compileFilter(entity, { kind: 'and', of: filters }, call);
  const condition = and(entity.where, wanted.yes, further);
  if (condition.kind === 'none') return [];
  const options = { domain: domainOf(condition), fields: fieldsOf(columns), limit, order };
  const records = await call.odoo.read(model, options, call.ctx);
  return (await readRows(columns, records, call)).map(({ id, values }) => ({ key: [id], columns: values }));
};
