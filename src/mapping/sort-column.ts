/** The column that orders a record type by an attribute. */

import type { RecordTree, TreeNode } from './tree.ts';

/** Undefined for what lies in lists or over edges, is coded, or comes from several columns. */
export const sortColumn = ({ root }: RecordTree, path: string): string | undefined => {
  const target = root.record.aliases.get(path) ?? path;
  const extra = root.record.extras.get(target);
  if (extra !== undefined) return extra.kind === 'paths' || extra.kind === 'within' ? undefined : columnAt(extra, []);
  return columnAt(root, target.split('.'));
};

const columnAt = (node: TreeNode, path: readonly string[]): string | undefined => {
  if (node.kind === 'list' || node.edge !== undefined || node.guard.filter.kind !== 'all') return undefined;
  const [name, ...rest] = path;
  if (node.kind === 'leaf') return name === undefined ? node.leaf.sortColumn : undefined;
  const field = name === undefined ? undefined : node.fields.get(name);
  return field === undefined ? undefined : columnAt(field, rest);
};
