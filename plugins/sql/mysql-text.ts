/** Which texts a column of MySQL or MariaDB can hold, by its character set. */

import type { NonNullValue } from 'dci-gateway/plugin';
import { plainText } from '../native/coerce-value.ts';
import type { StoredColumn } from '../relational/dialect.ts';

/** What `latin1` (which is Windows-1252 there) has beyond Latin-1's own letters. */
const WINDOWS_1252 = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\u0081\u008d\u008f\u0090\u009d';
const LATIN1 = new RegExp(`^[\\u0001-\\u007f\\u00a0-\\u00ff${WINDOWS_1252}]*$`);
const ASCII = /^[^\u0080-\u{10ffff}]*$/u;
const BASIC_PLANE = /^[^\u{10000}-\u{10ffff}]*$/u;

const HOLDS: Readonly<Record<string, RegExp>> = {
  latin1: LATIN1,
  ascii: ASCII,
  utf8mb3: BASIC_PLANE,
  utf8: BASIC_PLANE,
  ucs2: BASIC_PLANE,
};

/** Undefined: no value of the column is this text. Of rarer character sets the comparison itself finds out. */
export const mysqlText = (column: StoredColumn, value: NonNullValue): string | undefined => {
  const text = plainText(value);
  if (text === undefined || HOLDS[column.charset ?? '']?.test(text) === false) return undefined;
  if (column.values === undefined) return text;
  if (column.cast === 'enum') return text === '' || column.values.includes(text) ? text : undefined;
  return text === '' || text.split(',').every((member) => column.values?.includes(member)) ? text : undefined;
};
