/** The paths that a record type can render, as a tree: once a record type, before its first record is written. */

import type { RecordModel } from '../attribute.ts';

export interface FieldNode {
  readonly below: FieldTree;
  /** Code → how it is written where labels are wanted. */
  readonly labels: ReadonlyMap<string, string>;
}

export type FieldTree = ReadonlyMap<string, FieldNode>;

interface Growing {
  readonly below: Map<string, Growing>;
  labels: ReadonlyMap<string, string>;
}

const NO_LABELS: ReadonlyMap<string, string> = new Map();

export const fieldTree = ({ fields, attributes, labels }: RecordModel): FieldTree => {
  const root: Growing = { below: new Map(), labels: NO_LABELS };
  for (const path of fields ?? attributes.keys()) {
    let node = root;
    for (const field of path.split('.')) {
      const next = node.below.get(field) ?? { below: new Map<string, Growing>(), labels: NO_LABELS };
      node.below.set(field, next);
      node = next;
    }
    node.labels = labels?.get(path) ?? NO_LABELS;
  }
  return root.below;
};
