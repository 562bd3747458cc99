/** A search that answers rows which are not live as well, and says which they are. */

import type { NativeFilter, RegistryQuery, SearchPage } from 'dci-gateway/plugin';
import type { Session } from '../database.ts';
import type { ModelEntity } from '../model.ts';
import { type SearchTools, search } from '../search.ts';

export const searchWithDeleted = async (
  tools: SearchTools,
  entities: { readonly all: ModelEntity; readonly live: ModelEntity },
  query: RegistryQuery,
  session: Session,
): Promise<SearchPage> => {
  const { all, live } = entities;
  const key = live.key.map(({ name }) => name);
  const columns = [...new Set([...query.select.columns, ...key])];
  const page = await search(tools, all, { ...query, select: { ...query.select, columns } }, session);
  const keyOf = (row: SearchPage['rows'][number]) => JSON.stringify(key.map((name) => row.columns[name] ?? null));
  const alive = new Set<string>();
  if (page.rows.length > 0) {
    const filter = anyOfKeys(key, page.rows);
    const found = { ...query, filter, order: [], select: { columns: key, children: {} }, offset: 0 };
    for (const row of (await search(tools, live, { ...found, limit: page.rows.length }, session)).rows)
      alive.add(keyOf(row));
  }
  return { ...page, rows: page.rows.map((row) => ({ ...row, live: alive.has(keyOf(row)) })) };
};

const anyOfKeys = (key: readonly string[], rows: SearchPage['rows']): NativeFilter => {
  const [column] = key;
  if (key.length > 1 || column === undefined) return { kind: 'or', of: rows.map(({ columns }) => equal(key, columns)) };
  return { kind: 'in', column, values: rows.flatMap(({ columns }) => columns[column] ?? []) };
};

const equal = (key: readonly string[], cells: SearchPage['rows'][number]['columns']): NativeFilter => ({
  kind: 'and',
  of: key.map((column): NativeFilter => {
    const value = cells[column] ?? null;
    return value === null ? { kind: 'none' } : { kind: 'compare', column, op: 'eq', value };
  }),
});
