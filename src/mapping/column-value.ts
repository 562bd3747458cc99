/** One column as a value of a DCI type: how it is rendered, and what can be asked of it exactly. */

import type { AttributeType } from '../dci/attribute.ts';
import type { Operator, Scalar } from '../dci/filter.ts';
import type { Column, NativeFilter, NativeValue, NonNullValue } from '../plugin.ts';
import type { Presence } from './columns.ts';

/** Comparisons with one value; `in`, `ne` and the others are made of these. */
export type ValueOperator = Exclude<Operator, 'ne' | 'in' | 'nin' | 'exists'>;

export interface ColumnValue {
  /** The rendered value of a cell that is not empty. Undefined when it is none of this type. */
  convert(value: NonNullValue): Scalar | undefined;
  /** Rows whose cell converts. Undefined: that cannot be asked exactly. */
  readonly present: NativeFilter | undefined;
  /** What can be asked; `eq` false or true stands for `in` too. */
  readonly operators: ReadonlySet<ValueOperator>;
  /** Rows whose rendered value satisfies this. Only for the operators above. */
  compare(operator: ValueOperator, value: Scalar): NativeFilter;
  /** Whether the column's own order is the order of the rendered values. */
  readonly sortable: boolean;
}

export interface ColumnUse {
  readonly column: Column;
  readonly presence: Presence;
}

export const NO_OPERATORS: ReadonlySet<ValueOperator> = new Set();
export const EQUALITY: ReadonlySet<ValueOperator> = new Set(['eq']);
export const RANGES: ReadonlySet<ValueOperator> = new Set(['eq', 'gt', 'ge', 'lt', 'le']);
export const TEXT_SEARCH: ReadonlySet<ValueOperator> = new Set(['eq', 'contains', 'startswith']);
export const EVERYTHING: ReadonlySet<ValueOperator> = new Set([...RANGES, ...TEXT_SEARCH]);

/** Whether a rendered value satisfies a comparison: for values known before any row is read. Text orders by code point. */
export const satisfies = (operator: ValueOperator, left: Scalar, right: Scalar): boolean => {
  if (operator === 'eq') return left === right;
  if (typeof left !== typeof right) return false;
  const order =
    typeof left === 'string' && typeof right === 'string' ? byCodePoint(left, right) : Number(left) - Number(right);
  switch (operator) {
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
    case 'contains':
      return String(left).includes(String(right));
    case 'startswith':
      return String(left).startsWith(String(right));
  }
};

/** UTF-8 orders as code points do. */
export const byCodePoint = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));

/** Operators that make sense for a type at all. */
export const operatorsOf = (type: AttributeType): ReadonlySet<ValueOperator> =>
  type === 'text' ? EVERYTHING : type === 'boolean' ? EQUALITY : RANGES;

export type { NativeValue };
