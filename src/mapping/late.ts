/** Values that come later (`expr`): computed for a whole row tree first, so that rendering itself never waits. */

import type { Scalar } from '../dci/filter.ts';
import type { NativeRow } from '../plugin.ts';
import type { Leaf } from './leaf.ts';

export type LateValues = Map<NativeRow, Map<Leaf, Scalar>>;

/** Starts what is to be computed on a row and below. */
export type Late = (row: NativeRow, values: LateValues, pending: Promise<void>[]) => void;

export const lateLeaf =
  (leaf: Leaf, later: NonNullable<Leaf['later']>): Late =>
  (row, values, pending) => {
    const keep = async (): Promise<void> => {
      const value = await later(row.columns);
      if (value === undefined) return;
      const known = values.get(row) ?? new Map<Leaf, Scalar>();
      values.set(row, known.set(leaf, value));
    };
    pending.push(keep());
  };

/** Over a child edge. */
export const lateBelow =
  (alias: string, late: Late): Late =>
  (row, values, pending) => {
    for (const child of row.children[alias] ?? []) late(child, values, pending);
  };

export const joinLate = (lates: readonly (Late | undefined)[]): Late | undefined => {
  const found = lates.filter((late) => late !== undefined);
  return found.length === 0
    ? undefined
    : (row, values, pending) => {
        for (const late of found) late(row, values, pending);
      };
};
