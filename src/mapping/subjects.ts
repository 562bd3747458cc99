/** Whom the records of a search are of: keys and identifiers of every record of some types, wherever one is nested. */

import type { EntityKey, NativeRow, Selection } from '../plugin.ts';
import { childSelection, type Fetch, newFetch, selectionOf } from './fetch.ts';
import type { DciRecord, View } from './mapping.ts';
import { and } from './native-filter.ts';
import { renderObject } from './render-node.ts';
import { leftOut, NOBODY, type OnRowTypes, typesOn } from './same-row.ts';
import type { VisibleRows } from './sight.ts';
import type { ObjectNode, RecordMark, RecordTree, TreeNode } from './tree.ts';

export interface Subject {
  readonly recordType: string;
  readonly key: EntityKey;
  /** Undefined: it has none, or they are not of the record. */
  readonly identifiers: DciRecord | undefined;
}

export interface SubjectPlan {
  readonly select: Selection;
  of(row: NativeRow): readonly Subject[];
}

interface Context {
  readonly types: ReadonlySet<string>;
  readonly trees: ReadonlyMap<string, RecordTree>;
  readonly view: View;
  readonly visibleRows: VisibleRows;
}

type Collect = (row: NativeRow, into: Subject[]) => void;

const WHOLE = { shows: () => true, showsIdentifier: () => true, rows: undefined };
/** Whom consent is asked of does not depend on what the partner sees of them. */
const EVERYTHING: View = { of: () => WHOLE };

/** Undefined: no record of these types lies in the record. */
export const subjectPlan = (tree: RecordTree, context: Context): SubjectPlan => {
  const fetch = newFetch();
  const collect = collectFrom(tree.root, context, fetch);
  return {
    select: selectionOf(fetch),
    of: (row) => {
      const found: Subject[] = [];
      collect?.(row, found);
      return found;
    },
  };
};

/** Both at once; where they share an alias, they lead to the same rows. */
export const joinSelections = (left: Selection, right: Selection): Selection => ({
  columns: [...new Set([...left.columns, ...right.columns])],
  children: {
    ...left.children,
    ...Object.fromEntries(
      Object.entries(right.children).map(([alias, child]) => {
        const other = left.children[alias];
        return [alias, other === undefined ? child : { ...other, ...joinSelections(other, child) }];
      }),
    ),
  },
});

const collectFrom = (
  node: ObjectNode,
  context: Context,
  fetch: Fetch,
  around: OnRowTypes = NOBODY,
): Collect | undefined => {
  const { record } = node;
  const own =
    record !== undefined && context.types.has(record.type) ? collectOwn(node, record, context, fetch) : undefined;
  const onRow = typesOn(node, around);
  const extras = [...(record?.extras.values() ?? [])].filter((each) => each.kind !== 'paths' && each.kind !== 'within');
  const below = [...node.fields.values(), ...extras].flatMap((field) =>
    collectField(field as TreeNode, context, fetch, onRow),
  ); // told apart above
  const parts = [...(own === undefined ? [] : [own]), ...collectOutside(node, onRow, context, fetch), ...below];
  if (parts.length === 0) return undefined;
  return (row, into) => {
    for (const part of parts) part(row, into);
  };
};

/** Whose row it is where they are left out of it and nobody of it is known: their keys. */
const collectOutside = (
  node: ObjectNode,
  onRow: OnRowTypes,
  { types, trees }: Context,
  fetch: Fetch,
): readonly Collect[] => {
  if ([...onRow].some((type) => types.has(type))) return [];
  const found = leftOut(node, trees).filter(({ mark }) => types.has(mark.type));
  for (const { mark, when } of found)
    for (const column of [...mark.key, ...when.flatMap(({ columns }) => columns)]) fetch.columns.add(column);
  return found.map(({ mark: { type, key }, when }) => ({ columns }, into) => {
    if (!when.every(({ holds }) => holds(columns))) return;
    into.push({ recordType: type, key: key.map((name) => columns[name] ?? null), identifiers: undefined });
  });
};

const collectOwn = (node: ObjectNode, { type, key }: RecordMark, context: Context, fetch: Fetch): Collect => {
  for (const column of key) fetch.columns.add(column);
  const path = context.trees.get(type)?.identifiers;
  const wants = (at: string): boolean => path !== undefined && (at === path || at.startsWith(`${path}.`) || path.startsWith(`${at}.`)); // biome-ignore format: one look
  const at = { record: type, within: '', full: '' };
  const rendered = renderObject(node, at, { view: EVERYTHING, visibleRows: context.visibleRows, wants }, fetch);
  return (row, into) =>
    void into.push({
      recordType: type,
      key: key.map((name) => row.columns[name] ?? null),
      identifiers: rendered?.render(row, undefined),
    });
};

const collectField = (field: TreeNode, context: Context, fetch: Fetch, onRow: OnRowTypes): readonly Collect[] =>
  (field.kind === 'list' ? field.items : [field]).flatMap((item) => {
    if (item.kind === 'leaf') return [];
    const { edge, guard } = item;
    const target = edge === undefined ? fetch : newFetch();
    const inner = collectFrom(item, context, target, edge === undefined ? onRow : NOBODY);
    if (inner === undefined) return [];
    if (edge === undefined) {
      for (const column of guard.columns) fetch.columns.add(column);
      return [(row: NativeRow, into: Subject[]) => (guard.holds(row.columns) ? inner(row, into) : undefined)];
    }
    const rows = context.visibleRows(item, context.view);
    const conditions =
      edge.kind === 'first' ? { filter: rows, first: guard.filter } : { filter: and(guard.filter, rows) };
    fetch.children.set(edge.alias, childSelection(edge.child, target, conditions));
    return [
      (row: NativeRow, into: Subject[]) => {
        for (const child of row.children[edge.alias] ?? []) inner(child, into);
      },
    ];
  });
