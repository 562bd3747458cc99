/** Columns that identifiers' values are read from: they are identifiers under every other name as well. */

import type { Leaf } from './leaf.ts';
import type { RecordTree, TreeNode } from './tree.ts';

/** As `readsIdentifier` takes them. */
export type IdentifierColumns = ReadonlySet<string>;

export const findIdentifierColumns = (trees: readonly RecordTree[]): IdentifierColumns => {
  const found = new Set<string>();
  const collect = (node: TreeNode): void => {
    if (node.kind === 'list') for (const item of node.items) collect(item);
    else if (node.kind === 'object') for (const field of node.fields.values()) collect(field);
    else if (node.leaf.identifier) for (const column of node.leaf.columns) found.add(keyOf(node.leaf, column));
  };
  for (const { root } of trees) collect(root);
  return found;
};

export const readsIdentifier = (leaf: Leaf, columns: IdentifierColumns): boolean =>
  leaf.columns.some((column) => columns.has(keyOf(leaf, column)));

const keyOf = ({ entity }: Leaf, column: string): string => JSON.stringify([entity, column]);
