/** One value of a record on one row: how it is rendered and what can be asked of it. */

import type { AttributeType, CodeList } from '../dci/attribute.ts';
import type { Operator, Scalar } from '../dci/filter.ts';
import type { NativeFilter, NativeValue } from '../plugin.ts';
import type { ValueOperator } from './column-value.ts';

export type Cells = Readonly<Record<string, NativeValue>>;

export interface Leaf {
  readonly type: AttributeType;
  readonly codes: CodeList | undefined;
  readonly match: 'nocase' | 'fold' | undefined;
  /** Columns that rendering reads. */
  readonly columns: readonly string[];
  /** Of these columns. */
  readonly entity: string;
  /** Whether it is the value of an identifier, and lies whole in one column. */
  readonly identifier: boolean;
  /** The value, or several with `split`. Undefined: absent. */
  render(cells: Cells): Scalar | readonly Scalar[] | undefined;
  /** With `expr`: rendered beforehand, because JSONata answers later. */
  readonly later: ((cells: Cells) => Promise<Scalar | undefined>) | undefined;
  /** Rows on which it has a value. Undefined: that cannot be asked exactly. */
  readonly present: NativeFilter | undefined;
  readonly operators: ReadonlySet<ValueOperator>;
  compare(operator: ValueOperator, value: Scalar): NativeFilter;
  /** All it can ever be, each with its rows. Undefined: anything. */
  readonly outcomes: readonly Outcome[] | undefined;
  readonly sortColumn: string | undefined;
  readonly selective: boolean;
  readonly need: boolean;
}

export interface Outcome {
  readonly value: Scalar;
  readonly rows: NativeFilter;
}

/** The DCI operators that follow from what a leaf can be asked. */
export const dciOperators = (leaf: Leaf): ReadonlySet<Operator> => {
  const operators = new Set<Operator>(leaf.operators);
  if (leaf.operators.has('eq')) operators.add('in');
  if (leaf.present === undefined) return operators;
  operators.add('exists');
  if (leaf.operators.has('eq')) operators.add('ne').add('nin');
  return operators;
};
