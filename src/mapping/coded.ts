/** `codes`, `else` and `default`: what each native value stands for, and which rows stand for what. */

import type { Scalar } from '../dci/filter.ts';
import type { NativeFilter } from '../plugin.ts';
import type { ColumnUse } from './column-value.ts';
import { nativeText, toNative } from './columns.ts';
import type { Cells, Outcome } from './leaf.ts';
import { and, isIn, not, or } from './native-filter.ts';
import type { LeafSpec } from './spec.ts';

interface Coded {
  readonly outcomes: readonly Outcome[];
  render(cells: Cells): Scalar | undefined;
}

export const codedOutcomes = (spec: LeafSpec, uses: readonly ColumnUse[]): Coded => {
  const { otherwise, missing } = spec;
  const columns = uses.map((use) => ({ ...use, codes: columnCodes(spec, use) }));
  const rows = new Map<Scalar, NativeFilter[]>();
  const add = (value: Scalar, filter: NativeFilter): void => {
    rows.set(value, [...(rows.get(value) ?? []), filter]);
  };
  columns.forEach(({ column, presence, codes }, at) => {
    const before = columns.slice(0, at).map((other) => not(other.presence.filter));
    const natives = [...codes.values()];
    for (const { value, native } of natives) add(value, and(...before, isIn(column.name, [native])));
    if (otherwise !== undefined) {
      add(
        otherwise,
        and(
          ...before,
          presence.filter,
          not(
            isIn(
              column.name,
              natives.map(({ native }) => native),
            ),
          ),
        ),
      );
    }
  });
  if (missing !== undefined) add(missing, and(...columns.map(({ presence }) => not(presence.filter))));
  return {
    outcomes: [...rows].map(([value, filters]) => ({ value, rows: or(...filters) })),
    render(cells) {
      for (const { column, presence, codes } of columns) {
        const cell = cells[column.name];
        if (presence.holds(cell)) return codes.get(nativeText(column, cell))?.value ?? otherwise;
      }
      return missing;
    },
  };
};

/** By the native value's text, without those that count as empty. */
const columnCodes = (spec: LeafSpec, { column, presence }: ColumnUse) => {
  const entries = [...(spec.codes ?? [])].flatMap(([key, value]) => {
    const native = toNative(column, key);
    return native === undefined || !presence.holds(native)
      ? []
      : [[nativeText(column, native), { value, native }] as const];
  });
  return new Map(entries);
};
