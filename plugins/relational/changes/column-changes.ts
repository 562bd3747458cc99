/** Changes by a time column of a relational database: passes (`plugins/native/changes/column-pass.ts`) over pages in the order of time and key. */

import type { CallContext, ChangePage, ChangeRequest, ColumnSource } from 'dci-gateway/plugin';
import { BackendError } from 'dci-gateway/plugin';
import { type PassPage, type PassTools, columnChanges as passChanges } from '../../native/changes/column-pass.ts';
import { touchedBy } from '../../native/changes/touched.ts';
import type { StoredColumn } from '../dialect.ts';
import type { ModelEntity } from '../model.ts';
import type { ChangeTools } from './change-tools.ts';
import { type PageRequest, readPage } from './read-page.ts';

export const columnChanges = (
  tools: ChangeTools,
  source: ColumnSource,
  request: ChangeRequest,
  ctx: CallContext,
): Promise<ChangePage> => {
  const entity = tools.entity(source.entity);
  const column = timeColumn(entity, source);
  const columns = [...entity.columns.values()];
  const pass: PassTools = {
    column,
    content: columns.map(({ name }) => name),
    timesCompare: tools.words.timesCompare,
    clock: () => clockOf(tools, ctx),
    touched: async (rows) => rows.map((row) => touchedBy(source, row.columns)),
    page: ({ filter, undated, after, limit }) =>
      pageOf(tools, { entity, filter, order: undated ? [] : [column], columns, after, limit }, ctx),
  };
  return passChanges(pass, source, request, ctx);
};

const clockOf = async ({ database, search, words }: ChangeTools, ctx: CallContext): Promise<number> => {
  const statement = search.dialect.compile(words.clock);
  const [row] = await database.session(ctx, async (session) => session.all(statement, []));
  return Number(row?.[0]);
};

const pageOf = async (tools: ChangeTools, page: PageRequest, ctx: CallContext): Promise<PassPage> => {
  const { order, limit } = page;
  const found = await tools.database.session(ctx, (session) => readPage(tools.search, page, session));
  const rows = found.map(({ key, row }) => ({ key, columns: row.columns }));
  const last = rows[rows.length - 1];
  if (last === undefined || rows.length < limit) return { rows, after: undefined };
  return { rows, after: [...order.map(({ name }) => last.columns[name] ?? null), ...last.key] };
};

const timeColumn = (entity: ModelEntity, { column: name }: ColumnSource): StoredColumn => {
  const column = entity.columns.get(name);
  if (column === undefined) throw new BackendError('refused', `entity ${entity.name} has no column ${name}`);
  return column;
};
