/** Which records stand for a person, and whom a rule about a record of another type holds with it. */

import type { ObjectNode, RecordTree, TreeNode } from './tree.ts';

/** Every record of the standard is of one person, but a group. */
const OF_MANY: ReadonlySet<string> = new Set(['Group']);

/** The types that stand for a person, each with those that lie on its very row: what hides one of these hides it too. */
export const personTypes = (trees: Iterable<RecordTree>): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(
    [...trees].flatMap(({ type, root }) =>
      OF_MANY.has(type) ? [] : [[type, new Set(recordsOn(root))] as [string, ReadonlySet<string>]],
    ),
  );

/** Itself among them. */
const recordsOn = ({ record, fields }: ObjectNode): readonly string[] => [
  ...(record === undefined ? [] : [record.type]),
  ...[...fields.values()].flatMap(recordsBelow),
];

const recordsBelow = (node: TreeNode): readonly string[] => {
  if (node.kind === 'list') return node.items.flatMap(recordsBelow);
  return node.kind === 'leaf' || node.edge !== undefined ? [] : recordsOn(node);
};
