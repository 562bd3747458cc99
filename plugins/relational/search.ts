/** A page: its keys, its total, its rows, and one query for each child edge that is asked for. */

import {
  BackendError,
  type NativeRow,
  type NativeValue,
  type RegistryQuery,
  type SearchPage,
} from 'dci-gateway/plugin';
import { Binder, columnOf } from './bound-filter.ts';
import { fetchChildren } from './children.ts';
import { inChunks } from './chunks.ts';
import type { RawRow, Session } from './database.ts';
import type { Dialect, Param, StoredColumn } from './dialect.ts';
import type { Keysets } from './keysets.ts';
import type { ModelEntity } from './model.ts';
import { selectedOf, shapeOf } from './selected.ts';
import type { StatementCache } from './statement-cache.ts';
import { type PageStatement, Statements, unionBranches } from './statements.ts';

export interface SearchTools {
  readonly dialect: Dialect;
  readonly statements: StatementCache;
  readonly keysets: Keysets;
}

/** Rows with what is needed to fetch their children, before the children are hung on. */
export interface FoundRow {
  /** By column name: those asked for, and what children hang on. */
  readonly values: Readonly<Record<string, NativeValue>>;
  readonly row: NativeRow & { readonly children: Record<string, readonly NativeRow[]> };
}

export const search = async (
  tools: SearchTools,
  entity: ModelEntity,
  query: RegistryQuery,
  session: Session,
): Promise<SearchPage> => {
  const found = query.limit === 0 ? [] : await fetchRows(tools, entity, query, session);
  const full = found.length >= query.limit || (found.length === 0 && query.offset > 0);
  const counted = full ? await count(tools, entity, query, session) : query.offset + found.length;
  await fetchChildren(tools, entity, query.select, found, session);
  return { rows: found.map(({ row }) => row), total: Math.min(counted, query.countCap) };
};

export const count = async (
  { dialect, statements }: SearchTools,
  entity: ModelEntity,
  query: Pick<RegistryQuery, 'filter' | 'countCap'>,
  session: Session,
): Promise<number> => {
  const binder = new Binder(dialect, `N${entity.name}|`);
  const filter = binder.filter(entity, query.filter);
  if (filter.kind === 'none') return 0;
  const cap = binder.slot(query.countCap);
  const statement = statements.get(binder.shape, () => new Statements(dialect).count(entity, filter, cap));
  const [row] = await session.all(statement, binder.values);
  return Number(row?.[0] ?? 0);
};

/** One row out of the driver's values from position `from` on. */
export const readRow = (
  dialect: Dialect,
  columns: readonly StoredColumn[],
  asked: readonly string[],
  raw: RawRow,
  from: number,
): FoundRow => {
  const values: Record<string, NativeValue> = {};
  for (let n = 0; n < columns.length; n += 1) {
    const column = columns[n] as StoredColumn;
    values[column.name] = dialect.read(column, raw[from + n]);
  }
  if (columns.length === asked.length) return { values, row: { columns: values, children: {} } };
  const byName: Record<string, NativeValue> = {};
  for (const name of asked) byName[name] = values[name] ?? null;
  return { values, row: { columns: byName, children: {} } };
};

const fetchRows = async (
  tools: SearchTools,
  entity: ModelEntity,
  query: RegistryQuery,
  session: Session,
): Promise<readonly FoundRow[]> => {
  const { dialect, statements, keysets } = tools;
  const { asked, columns: selected } = selectedOf(entity, query.select);
  const order = query.order.map(({ column, direction }) => ({ column: columnOf(entity, column), direction }));
  const columns = order.length === 0 ? selected : [...new Set([...selected, ...order.map(({ column }) => column)])];
  const unsortable = order.find(({ column }) => !column.sortable);
  if (unsortable !== undefined)
    throw new BackendError('refused', `column ${unsortable.column.name} cannot be sorted by`);

  const sorts = order.map(({ column, direction }) => `${column.index}${direction}`).join();
  const binder = new Binder(dialect, `K${entity.name}|${sorts}|`);
  const filter = binder.filter(entity, query.filter);
  if (filter.kind === 'none') return [];
  const keyset = keysets.open(entity, order, query, binder);
  const atOnce = entity.plainTable && query.offset === 0 && unionBranches(entity, filter) === undefined;
  binder.mark(`|${atOnce ? shapeOf(columns) : ''}|${keyset.kind}`);
  const page: PageStatement = {
    entity,
    filter,
    order,
    columns: atOnce ? columns : [],
    limit: binder.slot(query.limit),
    offset: keyset.kind === 'offset' ? binder.slot(query.offset) : undefined,
    after: keyset.kind === 'after' ? keyset.values.map((value) => binder.slot(value)) : undefined,
  };
  const statement = statements.get(binder.shape, () => new Statements(dialect).page(page));
  const raws = await session.all(statement, binder.values);
  const width = entity.key.length;
  const found = atOnce
    ? raws.map((raw) => readRow(dialect, columns, asked, raw, width))
    : await rowsOfKeys(tools, entity, columns, asked, raws, session);
  keyset.close(raws.length, raws[raws.length - 1], found[found.length - 1]);
  return found;
};

const rowsOfKeys = async (
  { dialect, statements }: SearchTools,
  entity: ModelEntity,
  columns: readonly StoredColumn[],
  asked: readonly string[],
  raws: readonly RawRow[],
  session: Session,
): Promise<readonly FoundRow[]> => {
  if (raws.length === 0) return [];
  const keys = raws.map((raw) => entity.key.map((column, n) => keyParam(dialect, column, raw[n])));
  const byKey = new Map<string, FoundRow>();
  for (const chunk of inChunks(keys)) {
    const binder = new Binder(dialect, `R${entity.name}|${shapeOf(columns)}|`);
    const slots = binder.tuples(entity.key, chunk);
    const statement = statements.get(binder.shape, () => new Statements(dialect).rows(entity, columns, slots));
    for (const raw of await session.all(statement, binder.values))
      byKey.set(keyText(dialect, entity, raw), readRow(dialect, columns, asked, raw, entity.key.length));
  }
  // A row that went away between the two queries is left out.
  return raws.map((raw) => byKey.get(keyText(dialect, entity, raw))).filter((row) => row !== undefined);
};

const keyText = (dialect: Dialect, entity: ModelEntity, raw: RawRow): string =>
  JSON.stringify(entity.key.map((column, n) => dialect.read(column, raw[n])));

const keyParam = (dialect: Dialect, column: StoredColumn, raw: unknown): Param => {
  const value = dialect.read(column, raw);
  const param = value === null ? undefined : dialect.coerce(column, value);
  if (param === undefined)
    throw new BackendError('refused', `key column ${column.name} holds a value that its type does not compare`);
  return param;
};
