/** Rows of an entity in the order of some columns and its key, page after page, without OFFSET. */

import { BackendError, type NativeFilter, type NativeValue } from 'dci-gateway/plugin';
import { Binder } from '../bound-filter.ts';
import type { Session } from '../database.ts';
import type { Param, StoredColumn } from '../dialect.ts';
import type { ModelEntity } from '../model.ts';
import type { FoundRow, SearchTools } from '../search.ts';
import { readRow } from '../search.ts';
import { Statements } from '../statements.ts';

export interface PageRequest {
  readonly entity: ModelEntity;
  readonly filter: NativeFilter;
  /** Columns that are never NULL under the filter, before the key. */
  readonly order: readonly StoredColumn[];
  readonly direction?: 'asc' | 'desc';
  readonly columns: readonly StoredColumn[];
  /** How many of `columns` the rows answer; the others are for children only. */
  readonly asked?: number;
  /** Values of `order` and key of the last row of the page before. */
  readonly after: readonly NativeValue[] | undefined;
  readonly limit: number;
}

export interface PageRow extends FoundRow {
  readonly key: readonly NativeValue[];
}

export const readPage = async (
  { dialect, statements }: SearchTools,
  request: PageRequest,
  session: Session,
): Promise<readonly PageRow[]> => {
  const { entity, direction = 'asc', columns } = request;
  const order = request.order.map((column) => ({ column: { ...column, nullable: false }, direction }));
  const names = (list: readonly StoredColumn[]) => list.map(({ index }) => index).join();
  const binder = new Binder(dialect, `P${entity.name}|${direction}${names(request.order)}|${names(columns)}|`);
  const filter = binder.filter(entity, request.filter);
  if (filter.kind === 'none') return [];
  binder.mark(request.after === undefined ? '|' : '|>');
  const after = request.after?.map((value, n) => binder.slot(paramOf(dialect.coerce, positions(request)[n], value)));
  const page = { entity, filter, order, columns, limit: binder.slot(request.limit), offset: undefined, after };
  const statement = statements.get(binder.shape, () => new Statements(dialect).page(page));
  const width = entity.key.length;
  const asked = columns.slice(0, request.asked ?? columns.length).map(({ name }) => name);
  return (await session.all(statement, binder.values)).map((raw) => ({
    ...readRow(dialect, columns, asked, raw, width),
    key: entity.key.map((column, n) => dialect.read(column, raw[n])),
  }));
};

const positions = ({ order, entity }: PageRequest): readonly StoredColumn[] => [...order, ...entity.key];

const paramOf = (
  coerce: (column: StoredColumn, value: string | number | boolean) => Param | undefined,
  column: StoredColumn | undefined,
  value: NativeValue,
): Param => {
  // A text of SQLite need not be what its column's type says; it compares as it is.
  const asItIs = typeof value === 'string' ? value : undefined;
  const param = column === undefined || value === null ? undefined : (coerce(column, value) ?? asItIs);
  if (param === undefined)
    throw new BackendError('refused', `${column?.name ?? 'a column'} holds a value that its type does not compare`);
  return param;
};
