/** The order of child rows: that of the edge, empty values last, then the key. */

import type { NativeValue } from 'dci-gateway/plugin';
import type { BoundEdge } from './model.ts';
import type { ReadRow } from './read-rows.ts';

export const comesBefore = (edge: BoundEdge, left: ReadRow, right: ReadRow): boolean =>
  compareChildren(edge, left, right) < 0;

export const compareChildren = ({ order }: BoundEdge, left: ReadRow, right: ReadRow): number => {
  for (const { column, descending } of order) {
    const by = compareCells(left.values[column.name] ?? null, right.values[column.name] ?? null, descending);
    if (by !== 0) return by;
  }
  return left.id - right.id;
};

const compareCells = (left: NativeValue, right: NativeValue, descending: boolean): number => {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  const order = left < right ? -1 : left > right ? 1 : 0;
  return descending ? -order : order;
};
