/** Child rows of a page: one query for each alias of the selection, on each level. */

import {
  BackendError,
  type ChildSelection,
  type NativeRow,
  type NativeValue,
  type Selection,
} from 'dci-gateway/plugin';
import { Binder, edgeOf } from './bound-filter.ts';
import type { Session } from './database.ts';
import type { Dialect, Param } from './dialect.ts';
import type { ModelEdge, ModelEntity } from './model.ts';
import { type FoundRow, neededColumns, readRow, type SearchTools } from './search.ts';
import { Statements } from './statements.ts';

/** Child rows of one edge on one page: beyond it the registry's data is not what it was taken for. */
const MAX_CHILD_ROWS = 100_000;

/** Hangs the children that the selection asks for onto the rows. */
export const fetchChildren = async (
  tools: SearchTools,
  entity: ModelEntity,
  select: Selection,
  rows: readonly FoundRow[],
  session: Session,
): Promise<void> => {
  for (const [alias, child] of Object.entries(select.children)) {
    const edge = edgeOf(entity, child.child);
    const byParent = rows.length === 0 ? new Map() : await fetchEdge(tools, edge, child, rows, session);
    for (const { row, values } of rows) {
      const parent = textOf(edge.on.map(({ ours }) => values[ours.name] ?? null));
      row.children[alias] = (parent === undefined ? undefined : byParent.get(parent)) ?? [];
    }
  }
};

const fetchEdge = async (
  tools: SearchTools,
  edge: ModelEdge,
  select: ChildSelection,
  rows: readonly FoundRow[],
  session: Session,
): Promise<ReadonlyMap<string, readonly NativeRow[]>> => {
  const { dialect, statements } = tools;
  const byParent = new Map<string, NativeRow[]>();
  const parents = parentTuples(dialect, edge, rows);
  if (parents.length === 0) return byParent;
  const columns = neededColumns(edge.child, select);
  const shape = `C${edge.child.name}|${edge.index}|${edge.on.map(({ ours }) => ours.name).join()}|${columns.map(({ index }) => index).join()}|`;
  const binder = new Binder(dialect, shape);
  const filter = binder.filter(edge.child, select.filter ?? { kind: 'all' });
  binder.mark(select.first === undefined ? '|' : '|1');
  const first = select.first === undefined ? undefined : binder.filter(edge.child, select.first);
  if (filter.kind === 'none' || first?.kind === 'none') return byParent;
  const slots = binder.tuples(
    edge.on.map(({ theirs }) => theirs),
    parents,
  );
  const cap = binder.slot(MAX_CHILD_ROWS + 1);
  const statement = statements.get(binder.shape, () =>
    new Statements(dialect).children(edge, columns, slots, { filter, first }, cap),
  );
  const raws = await session.all(statement, binder.values);
  if (raws.length > MAX_CHILD_ROWS)
    throw new BackendError('too_many', `child ${edge.name} has too many rows for one page`);

  const asked = [...new Set(select.columns)];
  const found: FoundRow[] = [];
  for (const raw of raws) {
    const parent = textOf(edge.on.map(({ theirs }, n) => dialect.read(theirs, raw[n])));
    const child = readRow(dialect, columns, asked, raw, edge.on.length);
    found.push(child);
    const siblings = parent === undefined ? undefined : byParent.get(parent);
    if (siblings) siblings.push(child.row);
    else if (parent !== undefined) byParent.set(parent, [child.row]);
  }
  await fetchChildren(tools, edge.child, select, found, session);
  return byParent;
};

/** The distinct `on` values of the rows, in the types of the child's columns. */
const parentTuples = (dialect: Dialect, edge: ModelEdge, rows: readonly FoundRow[]): readonly (readonly Param[])[] => {
  const tuples = new Map<string, readonly Param[]>();
  for (const { values } of rows) {
    const own = edge.on.map(({ ours }) => values[ours.name] ?? null);
    const text = textOf(own);
    if (text === undefined || tuples.has(text)) continue;
    const params = own.map((value, n) => {
      const theirs = edge.on[n]?.theirs;
      return value === null || theirs === undefined ? undefined : dialect.coerce(theirs, value);
    });
    if (params.every((param) => param !== undefined)) tuples.set(text, params);
  }
  return [...tuples.values()];
};

/** Undefined when a part is NULL: such a row has no children. */
const textOf = (values: readonly NativeValue[]): string | undefined => {
  if (values.includes(null)) return undefined;
  return values.length === 1 ? String(values[0]) : JSON.stringify(values.map(String));
};
