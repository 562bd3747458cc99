/** `when`: a condition on a row, for the query and for rendering. */

import type { Entity, NativeFilter } from '../plugin.ts';
import { nativeText, whenNative } from './columns.ts';
import type { Cells } from './leaf.ts';
import { ALL, and, isIn, not, or, present } from './native-filter.ts';
import type { WhenSpec } from './spec.ts';
import type { Guard } from './tree.ts';

export const NO_GUARD: Guard = { filter: ALL, columns: [], holds: () => true };

/** Columns that are missing were reported before; they are left out here. */
export const bindGuard = (when: WhenSpec, entity: Entity): Guard => {
  if (when.size === 0) return NO_GUARD;
  const parts = [...when].flatMap(([name, values]) => {
    const column = entity.columns.get(name);
    if (column === undefined) return [];
    const natives = values
      .flatMap((value) => (value === null ? [] : [whenNative(column, value)]))
      .filter((value) => value !== undefined);
    const texts = new Set(natives.map((value) => nativeText(column, value)));
    const missing = values.includes(null);
    const filter: NativeFilter = or(isIn(name, natives), missing ? not(present(name)) : not(ALL));
    const holds = (cells: Cells): boolean => {
      const cell = cells[name];
      return cell === null || cell === undefined ? missing : texts.has(nativeText(column, cell));
    };
    return [{ name, filter, holds }];
  });
  return {
    filter: and(...parts.map(({ filter }) => filter)),
    columns: parts.map(({ name }) => name),
    holds: (cells) => parts.every((part) => part.holds(cells)),
  };
};
