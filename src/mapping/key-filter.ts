/** A condition on an entity's key. */

import type { EntityKey, NativeFilter } from '../plugin.ts';
import { and, compare, isIn, NONE, or } from './native-filter.ts';

/** Rows with one of these keys; none where rows have no key to be told apart by. */
export const keyFilter = (columns: readonly string[], keys: readonly EntityKey[]): NativeFilter => {
  const [first] = columns;
  if (first === undefined) return NONE;
  if (columns.length === 1)
    return isIn(
      first,
      keys.flatMap(([value]) => value ?? []),
    );
  return or(
    ...keys.map((key) =>
      and(
        ...columns.map((column, at) => {
          const value = key[at] ?? null;
          return value === null ? NONE : compare(column, 'eq', value);
        }),
      ),
    ),
  );
};
