/** From a decoded query to what may be compiled, in the one order that gives nothing away. */

import type { JsonNode } from '../dci/json-node.ts';
import type { DecodedQuery } from '../query/decode.ts';
import { resolveFilter, resolveProjection, resolveSort } from '../query/resolve.ts';
import type { RegistryRights } from '../security/rights.ts';
import type { Models } from './allowed.ts';
import { type Authorised, authorise, authoriseRecord, mayAsk } from './authorise.ts';

export interface AskedQuery {
  readonly query: DecodedQuery;
  readonly sort: JsonNode | undefined;
  /** The one type that all names in the request agree on (`agreeRecordType`). */
  readonly recordType: string;
  readonly rights: RegistryRights | undefined;
  readonly models: Models;
  /** `YYYY-MM-DD` in UTC. */
  readonly today: string;
}

/**
 * Resolves with the partner's eyes (an attribute it may not use is unknown before its operators or values are looked at),
 * then authorises. Throws what these throw.
 */
export const authoriseQuery = ({ query, sort, recordType, rights, models, today }: AskedQuery): Authorised => {
  const known = authoriseRecord(rights, recordType, models);
  const filter = resolveFilter(query.raw, known.model, { today, may: mayAsk(known.rights, models) });
  return authorise({
    filter,
    sort: resolveSort(sort, known.model),
    recordType,
    projection: resolveProjection(query.projection, known.model),
    rights,
    models,
  });
};
