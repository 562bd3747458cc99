/** The sentences in which a query is refused: they name an attribute, operator or key, never a value (PROTOCOL 6). */

import { ItemRejection } from '../errors.ts';

const NAME_LENGTH = 80; // longer names cannot be ours, and the sentence goes back over the wire

/** A name of the caller's, fit for a sentence: without control characters, at most 80 characters. */
export const quoted = (name: string): string =>
  JSON.stringify(
    Array.from(name.slice(0, NAME_LENGTH))
      .filter((each) => /[\p{L}\p{N}\p{P}\p{S} ]/u.test(each))
      .join(''),
  );

/** A known form with bad content: `rjct.search_criteria.invalid`. */
export const badCriteria = (message: string): ItemRejection =>
  new ItemRejection('rjct.search_criteria.invalid', message);

/** No known form of query at all: `rjct.filter.invalid`. */
export const badFilter = (): ItemRejection =>
  new ItemRejection('rjct.filter.invalid', 'The query has none of the known forms.');

/** One sentence for an attribute that does not exist and one that this partner may not use (PROTOCOL 3). */
export const unknownAttribute = (name: string): ItemRejection => badCriteria(`Unknown attribute ${quoted(name)}.`);

/** One sentence for an operator that the attribute's source cannot express and one that this partner may not use on it. */
export const unavailableOperator = (name: string): ItemRejection =>
  badCriteria(`The operator is not available for attribute ${quoted(name)}.`);

/** Tells what is expected, never what came. */
export const badValue = (name: string, expected: string): ItemRejection =>
  badCriteria(`Bad value for attribute ${quoted(name)}: ${expected} is expected.`);

export const unknownKey = (key: string): ItemRejection => badCriteria(`Unknown key ${quoted(key)} in the query.`);

/** One sentence for a sort key that does not exist, cannot be sorted by, or is not seen by this partner. */
export const badSort = (name: string): ItemRejection =>
  new ItemRejection('rjct.sort.invalid', `Results cannot be sorted by ${quoted(name)}.`);
