/** Lists of values in few lengths, so that few statements serve all: filled up to a power of two with the last row. */

import { allOf } from '../relational/condition.ts';
import type { Fragment, Ref, Value } from '../relational/dialect.ts';

export const padRows = <Row>(rows: readonly Row[]): readonly Row[] => {
  const last = rows[rows.length - 1];
  if (last === undefined) return rows;
  const length = 2 ** Math.ceil(Math.log2(rows.length));
  return [...rows, ...new Array<Row>(length - rows.length).fill(last)];
};

/** `a = ? AND b = ?` for each row. Row constructors would not use the index on MariaDB. */
export const inRows = (
  refs: readonly Ref[],
  values: readonly Value[],
  equal: (ref: Ref, value: Value) => Fragment,
): readonly Fragment[] => {
  const rows: Fragment[] = [];
  for (let start = 0; start < values.length; start += refs.length)
    rows.push(allOf(refs.map((ref, n) => equal(ref, values[start + n] ?? null))));
  return rows;
};
