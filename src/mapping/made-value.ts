/** What an expression made, as a value of its field; undefined where it is none. */

import type { AttributeType, CodeList } from '../dci/attribute.ts';
import type { Scalar } from '../dci/filter.ts';
import { instantSeconds, isDay } from './calendar.ts';

/** A closed list has its codes and no others. */
export const madeValue = (
  value: Scalar | undefined,
  type: AttributeType,
  codes: CodeList | undefined,
): Scalar | undefined => {
  const made = value === undefined || value === '' ? undefined : ofType(value, type);
  return made !== undefined && codes !== undefined && !codes.open && !codes.codes.has(String(made)) ? undefined : made;
};

const ofType = (value: Scalar, type: AttributeType): Scalar | undefined => {
  switch (type) {
    case 'text':
      return String(value);
    case 'integer':
      return Number.isSafeInteger(value) ? value : undefined;
    case 'number':
      return typeof value === 'number' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'date':
      return isDay(String(value)) ? value : undefined;
    case 'datetime':
      return instantSeconds(String(value)) === undefined ? undefined : value;
  }
};
