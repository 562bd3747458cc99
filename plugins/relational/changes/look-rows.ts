/** One page of a look at a whole entity: what each row is compared by, and what it touches. */

import type { CallContext, NativeRow, Selection, SnapshotSource, SweepSource } from 'dci-gateway/plugin';
import type { LookedRow } from '../../native/changes/difference.ts';
import { rowHash } from '../../native/changes/seen-rows.ts';
import type { Look } from '../../native/changes/side-file.ts';
import { eventColumns, eventOf, touchColumns, touchedBy } from '../../native/changes/touched.ts';
import { fetchChildren } from '../children.ts';
import { selectedOf } from '../selected.ts';
import type { ChangeTools } from './change-tools.ts';
import { readPage } from './read-page.ts';

export const lookAtRows = async (
  tools: ChangeTools,
  source: SnapshotSource | SweepSource,
  after: Look['after'],
  limit: number,
  ctx: CallContext,
): Promise<readonly LookedRow[]> => {
  const entity = tools.entity(source.entity);
  const keep = source.kind === 'snapshot' && tools.keepsRows ? source.keep : undefined;
  const names = [...touchColumns(source), ...eventColumns(source)];
  const compared = source.kind === 'sweep' ? [] : [...source.select.columns, ...tools.liveColumns(source.entity)];
  const children = source.kind === 'sweep' ? {} : source.select.children;
  const asked = [...new Set([...names, ...compared, ...(keep?.columns ?? [])])];
  const select: Selection = { columns: asked, children };
  const { columns } = selectedOf(entity, select);
  const page = {
    entity,
    filter: { kind: 'all' } as const,
    order: [],
    columns,
    asked: asked.length,
    after: after ?? undefined,
    limit,
  };
  return tools.database.session(ctx, async (session) => {
    const rows = await readPage(tools.search, page, session);
    await fetchChildren(tools.search, entity, select, rows, session);
    return rows.map(({ key, row }) => {
      const touches = touchedBy(source, row.columns);
      const content =
        source.kind === 'sweep' ? touches : [compared.map((name) => row.columns[name] ?? null), row.children];
      const kept = keep === undefined ? undefined : partOf(row, keep);
      return { key, hash: rowHash(content), touches, kept, event: eventOf(source, row.columns) };
    });
  });
};

const partOf = (row: NativeRow, { columns, children }: Selection): NativeRow => ({
  columns: Object.fromEntries(columns.map((name) => [name, row.columns[name] ?? null])),
  children: Object.fromEntries(
    Object.entries(children).map(([alias, child]) => [
      alias,
      (row.children[alias] ?? []).map((each) => partOf(each, child)),
    ]),
  ),
});
