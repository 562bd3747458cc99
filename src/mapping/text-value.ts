/** Columns as text. Text columns are compared code point by code point, or folded where the mapping says so. */

import type { Column } from '../plugin.ts';
import {
  type ColumnUse,
  type ColumnValue,
  EQUALITY,
  EVERYTHING,
  NO_OPERATORS,
  satisfies,
  TEXT_SEARCH,
  type ValueOperator,
} from './column-value.ts';
import { integerValue } from './columns.ts';
import { and, compare, isIn, NONE, not } from './native-filter.ts';

/** Case folded; for `fold` accents too. */
export const foldText = (match: 'nocase' | 'fold', text: string): string =>
  match === 'nocase' ? text.toLowerCase() : text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

export const textValue = ({ column, presence }: ColumnUse): ColumnValue => {
  const { name } = column;
  switch (column.type) {
    case 'text':
      return {
        convert: String,
        present: presence.filter,
        operators: within(column, column.values === undefined ? EVERYTHING : EQUALITY), // enumerations order by their declaration
        compare(operator, value) {
          const fooled = presence.sentinels.filter((each) => satisfies(operator, String(each), String(value)));
          if (operator === 'eq') return fooled.length > 0 ? NONE : compare(name, 'eq', String(value));
          return and(compare(name, operator, String(value)), not(isIn(name, fooled)));
        },
        sortable: column.values === undefined,
      };
    case 'integer':
    case 'boolean':
    case 'date':
      return {
        convert: String,
        present: presence.filter,
        operators: EQUALITY,
        compare(_operator, value) {
          const wanted =
            column.type === 'integer'
              ? integerValue(String(value))
              : column.type === 'date'
                ? String(value)
                : asBoolean(String(value));
          if (wanted === undefined || presence.sentinels.includes(wanted)) return NONE;
          return compare(name, 'eq', wanted);
        },
        sortable: column.type === 'date',
      };
    case 'decimal': // NUMERIC keys are common; `12.00` and `12` are the same number
      return {
        convert: (value) => canonicalDecimal(String(value)),
        present: presence.filter,
        operators: EQUALITY,
        compare: (_operator, value) =>
          canonicalDecimal(String(value)) === value && !presence.sentinels.includes(Number(value))
            ? compare(name, 'eq', value)
            : NONE,
        sortable: false,
      };
    default: // the text of floats and times differs from database to database
      return {
        convert: String,
        present: presence.filter,
        operators: NO_OPERATORS,
        compare: () => NONE,
        sortable: false,
      };
  }
};

const within = ({ operators: known }: Column, operators: ReadonlySet<ValueOperator>): ReadonlySet<ValueOperator> =>
  known === undefined ? operators : new Set([...operators].filter((each) => known.has(each)));

/** Without zeros at either end: `12.50` is `12.5`, `012` is `12`. Undefined for what is no plain decimal. */
const canonicalDecimal = (text: string): string | undefined => {
  const [, sign, whole = '', fraction = ''] = /^(-?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const number = fraction === '' ? whole : `${whole}.${fraction}`;
  return number === '0' ? number : `${sign}${number}`;
};

const asBoolean = (text: string): boolean | undefined =>
  text === 'true' ? true : text === 'false' ? false : undefined;

/** Text that is compared without regard to case or accents, in a column that holds it so or by lower(). */
export const foldedValue = (
  { column, presence }: ColumnUse,
  match: 'nocase' | 'fold',
  search: string | undefined,
): ColumnValue => {
  const shared = { convert: String, present: presence.filter, sortable: true };
  const lowered = search === undefined || search === 'lower';
  if (lowered && (match === 'fold' || column.lowers === false))
    return { ...shared, operators: NO_OPERATORS, compare: () => NONE };
  const compareFolded = (operator: ValueOperator, text: string) =>
    lowered
      ? ({ kind: 'compare', column: column.name, op: operator, value: text, match: 'lower' } as const)
      : compare(search, operator, text);
  return {
    ...shared,
    operators: within(column, TEXT_SEARCH),
    compare: (operator, value) => and(compareFolded(operator, foldText(match, String(value))), presence.filter),
  };
};
