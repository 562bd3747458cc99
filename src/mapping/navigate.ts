/** Walks from a record to the values or list items at a path, and turns a condition there into one on the record's row. */

import type { Attribute } from '../dci/attribute.ts';
import type { Scalar } from '../dci/filter.ts';
import type { NativeFilter } from '../plugin.ts';
import type { Leaf } from './leaf.ts';
import { ALL, and, any, first, NONE, or } from './native-filter.ts';
import type { ExtraNode, LeafNode, ObjectNode, TreeNode } from './tree.ts';

/** What of nested records and identifiers counts as being there. */
export interface Sight {
  /** Whether this is a record of a type that is not shown. */
  hidden(node: ObjectNode): boolean;
  /** Rows of what lies over an edge that may be seen. Throws for a record type that is hidden. */
  rows(node: ObjectNode): NativeFilter;
  /** For an attribute of areas, the areas below each value too; the values themselves for any other. */
  areas(attribute: Attribute, values: readonly Scalar[]): readonly Scalar[];
  /** Identifiers of a type that may be seen; `record`: the type whose field the list is. */
  identifiers(item: ObjectNode, record: string): NativeFilter;
}

export interface Place {
  readonly node: TreeNode;
  /** The record type whose field this is. */
  readonly record: string;
}

type End = (place: Place) => NativeFilter;

/** From the row that the place stands on: rows on which some value at the path satisfies the condition. */
export const someValue = (
  from: Place,
  path: readonly string[],
  sight: Sight,
  condition: (leaf: Leaf) => NativeFilter,
): NativeFilter => content(from, path, sight, ({ node }) => (node.kind === 'leaf' ? condition(node.leaf) : NONE));

/** From the row that the place stands on: rows on which some item of the list at the path satisfies the condition. */
export const someItem = (from: Place, path: readonly string[], sight: Sight, condition: End): NativeFilter =>
  content(from, path, sight, condition);

/** Into a field: through its list, over its edge, past its own conditions. `end` is called for all that the path leads to. */
export const enter = ({ node, record }: Place, path: readonly string[], sight: Sight, end: End): NativeFilter => {
  const items = node.kind === 'list' ? node.items : [node];
  return or(...items.map((item) => over(item, () => inside(item, record, path, sight, end), sight)));
};

const inside = (
  node: LeafNode | ObjectNode,
  record: string,
  path: readonly string[],
  sight: Sight,
  end: End,
): NativeFilter => {
  const seen = node.kind === 'object' && node.identifier ? sight.identifiers(node, record) : ALL;
  return and(seen, content({ node, record }, path, sight, end));
};

/** The node's own conditions, and the way over its edge. */
const over = (node: LeafNode | ObjectNode, inner: () => NativeFilter, sight: Sight): NativeFilter => {
  const seen = node.kind === 'object' ? sight.rows(node) : ALL;
  const condition = and(seen, node.needs, inner());
  if (node.edge === undefined) return and(node.guard.filter, condition);
  if (node.edge.kind === 'first') return first(node.edge.child, node.guard.filter, condition);
  return any(node.edge.child, and(node.guard.filter, condition));
};

/** What is searched and never rendered, and the way below it. Its name may hold dots. */
const extraAt = (
  { record }: ObjectNode,
  path: readonly string[],
): { readonly extra: ExtraNode; readonly below: readonly string[] } | undefined => {
  if (record === undefined || record.extras.size === 0) return undefined;
  for (let length = path.length; length > 0; length--) {
    const extra = record.extras.get(path.slice(0, length).join('.'));
    if (extra !== undefined) return { extra, below: path.slice(length) };
  }
  return undefined;
};

const content = ({ node, record }: Place, path: readonly string[], sight: Sight, end: End): NativeFilter => {
  const [name, ...rest] = path;
  if (name === undefined) return end({ node, record });
  if (node.kind !== 'object') return NONE;
  const inner = node.record?.type ?? record;
  const found = extraAt(node, path); // first: its name may begin as a field's does, and is none
  if (found === undefined) {
    const field = node.fields.get(name);
    return field === undefined ? NONE : enter({ node: field, record: inner }, rest, sight, end);
  }
  const { extra, below } = found;
  if (extra.kind !== 'within' && extra.kind !== 'paths')
    return enter({ node: extra, record: inner }, below, sight, end);
  if (below.length > 0) return NONE;
  if (extra.kind === 'within') return content({ node, record }, extra.path, sight, end);
  return or(...extra.paths.map((each) => content({ node, record }, each, sight, end)));
};
