/** Child rows of a page: one query for each alias of the selection, on each level. */

import {
  BackendError,
  type ChildSelection,
  type NativeRow,
  type NativeValue,
  type Selection,
} from 'dci-gateway/plugin';
import { Binder } from './bound-filter.ts';
import { inChunks } from './chunks.ts';
import type { RawRow, Session } from './database.ts';
import type { Dialect, Param, StoredColumn } from './dialect.ts';
import type { ModelEdge, ModelEntity } from './model.ts';
import { type FoundRow, readRow, type SearchTools } from './search.ts';
import { selectedOf } from './selected.ts';
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
  for (const { alias, edge, select: child } of selectedOf(entity, select).children) {
    const byParent = rows.length === 0 ? new Map() : await fetchEdge(tools, edge, child, rows, session);
    for (const { row, values } of rows) {
      const parent = hangsOn(edge, values);
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
  const { dialect } = tools;
  const byParent = new Map<string, NativeRow[]>();
  const parents = parentTuples(dialect, edge, rows);
  if (parents.length === 0) return byParent;
  const { asked, columns } = selectedOf(edge.child, select);
  const found: FoundRow[] = [];
  for (const chunk of inChunks(parents)) {
    for (const raw of await rowsOf(tools, edge, select, chunk, session)) {
      const parent = textOf(edge.on.map(({ theirs }, n) => joinText(theirs, dialect.read(theirs, raw[n]))));
      const child = readRow(dialect, columns, asked, raw, edge.on.length);
      found.push(child);
      const siblings = parent === undefined ? undefined : byParent.get(parent);
      if (siblings) siblings.push(child.row);
      else if (parent !== undefined) byParent.set(parent, [child.row]);
    }
    if (found.length > MAX_CHILD_ROWS)
      throw new BackendError('too_many', `child ${edge.name} has too many rows for one page`);
  }
  await fetchChildren(tools, edge.child, select, found, session);
  return byParent;
};

const rowsOf = async (
  { dialect, statements }: SearchTools,
  edge: ModelEdge,
  select: ChildSelection,
  parents: readonly (readonly Param[])[],
  session: Session,
): Promise<readonly RawRow[]> => {
  const { columns, shape } = selectedOf(edge.child, select);
  const binder = new Binder(dialect, `C${edge.id}|${shape}|`);
  const filter = binder.filter(edge.child, select.filter ?? { kind: 'all' });
  binder.mark(select.first === undefined ? '|' : '|1');
  const first = select.first === undefined ? undefined : binder.filter(edge.child, select.first);
  if (filter.kind === 'none' || first?.kind === 'none') return [];
  const slots = binder.tuples(
    edge.on.map(({ theirs }) => theirs),
    parents,
  );
  const cap = binder.slot(MAX_CHILD_ROWS + 1);
  const statement = statements.get(binder.shape, () =>
    new Statements(dialect).children(edge, columns, slots, { filter, first }, cap),
  );
  return session.all(statement, binder.values);
};

/** The distinct `on` values of the rows, in the types of the child's columns. */
const parentTuples = (dialect: Dialect, edge: ModelEdge, rows: readonly FoundRow[]): readonly (readonly Param[])[] => {
  const tuples = new Map<string, readonly Param[]>();
  for (const { values } of rows) {
    const text = hangsOn(edge, values);
    if (text === undefined || tuples.has(text)) continue;
    const params = edge.on.map(({ ours, theirs }) => {
      const value = values[ours.name] ?? null;
      return value === null ? undefined : dialect.coerce(theirs, value);
    });
    if (params.every((param) => param !== undefined)) tuples.set(text, params);
  }
  return [...tuples.values()];
};

/** By what a row's children name it. */
const hangsOn = ({ on }: ModelEdge, values: FoundRow['values']): string | undefined => {
  const [first] = on;
  // Nearly every edge hangs on one column.
  if (on.length === 1 && first !== undefined) return joinText(first.ours, values[first.ours.name] ?? null);
  return textOf(on.map(({ ours }) => joinText(ours, values[ours.name] ?? null)));
};

/** Undefined when a part is NULL: such a row has no children. */
const textOf = (texts: readonly (string | undefined)[]): string | undefined => {
  if (texts.length === 1) return texts[0];
  return texts.includes(undefined) ? undefined : JSON.stringify(texts);
};

/** The text under which equal values join: of decimals and times of different scales it is one, `12.00` is `12`. */
const joinText = ({ type }: StoredColumn, value: NativeValue): string | undefined => {
  if (value === null) return undefined;
  const text = String(value);
  const scaled = (type === 'decimal' || type === 'datetime') && text.includes('.');
  return scaled ? text.replace(/\.?0+$/, '') : text;
};
