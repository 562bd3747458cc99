/** A problem of one item is that item's outcome; the others still answer (PROTOCOL 3). */

import type { SearchItem } from '../dci/search-request.ts';
import type { RejectedItem } from '../dci/search-response.ts';
import { ItemRejection, type SearchItemCode } from '../errors.ts';

/** The outcome of an item that is refused. */
export const rejected = (
  item: Pick<SearchItem, 'referenceId' | 'locale'>,
  code: SearchItemCode,
  message: string,
): RejectedItem => ({ status: 'rjct', referenceId: item.referenceId, locale: item.locale, code, message });

/** What `work` answers, or the item's rejection when it throws an `ItemRejection`. Everything else is thrown on. */
export const orRejected = <Result>(
  item: Pick<SearchItem, 'referenceId' | 'locale'>,
  work: () => Result,
): Result | RejectedItem => {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ItemRejection) return rejected(item, cause.code, cause.message);
    throw cause;
  }
};
