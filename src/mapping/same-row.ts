/** Which records stand for a person, and whom a rule about a record of another type holds with it. */

import type { Guard, ObjectNode, RecordMark, RecordTree, TreeNode } from './tree.ts';

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

export interface OnRow {
  readonly mark: RecordMark;
  /** It lies there where all of these hold. */
  readonly when: readonly Guard[];
}

/** Types of records that lie on one row. */
export type OnRowTypes = ReadonlySet<string>;

export const NOBODY: OnRowTypes = new Set();

/** Those of a record, and those around it. */
export const typesOn = (node: ObjectNode, around: OnRowTypes): OnRowTypes =>
  new Set([
    ...around,
    ...(node.record === undefined ? [] : [node.record.type]),
    ...recordsBelowOn(node).map(({ mark }) => mark.type),
  ]);

/** Records that lie on the row of one, without itself. */
const recordsBelowOn = (node: ObjectNode, when: readonly Guard[] = []): readonly OnRow[] =>
  [...node.fields.values()]
    .flatMap((field) => (field.kind === 'list' ? field.items : [field]))
    .flatMap((field) => {
      if (field.kind === 'leaf' || field.edge !== undefined) return [];
      const guards = [...when, field.guard];
      const own = field.record === undefined ? [] : [{ mark: field.record, when: guards }];
      return [...own, ...recordsBelowOn(field, guards)];
    });

/** Records on the row of a nested one that `only` leaves out of it: the row is theirs all the same. */
export const leftOut = (node: ObjectNode, trees: ReadonlyMap<string, RecordTree>): readonly OnRow[] => {
  const whole = trees.get(node.record?.type ?? '')?.root;
  if (whole === undefined || whole === node) return [];
  const kept = new Set(recordsBelowOn(node).map(({ mark }) => mark.type));
  return recordsBelowOn(whole).filter(({ mark }) => !kept.has(mark.type));
};
