/** What a value of an attribute looks like, for the caller whose value was none. */

import type { Attribute, AttributeType } from '../dci/attribute.ts';

const MOST_CODES = 12; // of which a sentence may consist

/** Of text that is looked for inside a value. */
export const TEXT_FORM = 'text of at most 4,096 characters';

const FORMS: Readonly<Record<AttributeType, string>> = {
  text: TEXT_FORM,
  integer: 'a whole number of at most 15 digits',
  number: 'a number of at most 15 digits',
  boolean: 'true or false',
  date: 'a date written YYYY-MM-DD',
  datetime: 'a date and time written YYYY-MM-DDThh:mm:ssZ, or a date,',
};

/** Fits before `is expected`. Codes are the mapping's own, which the caller may search by anyway. */
export const expectedForm = ({ type, codes }: Attribute): string => {
  if (codes === undefined || codes.open) return FORMS[type];
  const known = [...codes.codes.keys()];
  return known.length > MOST_CODES ? `a code of ${codes.name}` : `one of ${known.join(', ')}`;
};
