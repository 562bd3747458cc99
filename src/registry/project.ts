/**
 * Special endpoints as projections over a search (PROTOCOL 1): each asks for less than the same search would, never for more,
 * and everything that holds for a search holds for them.
 */

import { type DomainName, domainRecordType } from '../dci/domains.ts';
import type { RawFilter } from '../dci/filter.ts';
import type { SearchItem } from '../dci/search-request.ts';
import { GatewayError, ItemRejection } from '../errors.ts';
import { findField } from '../query/names.ts';
import { narrowed } from '../query/narrow.ts';
import { agreeRecordType, normaliseRecordType } from '../query/record-types.ts';
import { badCriteria } from '../query/refuse.ts';
import { resolveFilter } from '../query/resolve.ts';
import { type Authorised, authorise, authoriseRecord, mayAsk } from './authorise.ts';
import { type AskedQuery, authoriseQuery } from './authorise-query.ts';
import { namesSeveral } from './names-several.ts';
import { seesField } from './sees-field.ts';

export interface Projection {
  /** What the answer is made of: a partner who does not see it gets none. */
  readonly needs: readonly string[];
  /** What stands beside it, as far as the partner sees it. */
  readonly shows: readonly string[];
  /** What a record must satisfy beside the query, as the registry's operator says. */
  readonly condition?: RawFilter | undefined;
  /** Names of record types that callers write there, although no such record comes back. */
  readonly passesOver?: ReadonlySet<string>;
  /** The answer cannot say which of several it is about: a query that names more than one is refused. */
  readonly ofOne?: boolean;
}

/** @throws ItemRejection the query names another record type than the domain's own */
export const projectedType = (
  { recordTypes }: Pick<SearchItem, 'recordTypes'>,
  named: string | undefined,
  { passesOver }: Projection,
  domain: DomainName,
  mapped: Iterable<string>,
): string => {
  const own = domainRecordType(domain, mapped);
  const counted = recordTypes.filter((name) => passesOver?.has(normaliseRecordType(name) ?? '') !== true);
  const asked = agreeRecordType([...counted, named]) ?? own;
  if (asked !== own) throw badCriteria('This endpoint answers for another record type.');
  return own;
};

/**
 * What the partner asks must be within its rights by itself, and with the condition as if it had written that too.
 *
 * @throws as `authoriseQuery`; GatewayError `request.forbidden` where it may not ask by what the condition names
 */
export const authoriseProjected = (asked: AskedQuery, projection: Projection): Authorised => {
  if (asked.query.projection !== undefined) throw badCriteria('The query cannot select fields here.');
  const { rights, model } = authoriseRecord(asked.rights, asked.recordType, asked.models);
  const seen = projection.shows.filter((name) => {
    const path = findField(name, model);
    return path !== undefined && seesField(path, model, rights);
  });
  const query = { ...asked.query, projection: [...projection.needs, ...seen] };
  const own = authoriseQuery({ ...asked, query });
  if (projection.ofOne === true && namesSeveral(own.filter, asked.models))
    throw badCriteria('This endpoint answers about one: ask about each by itself.');
  const { condition } = projection;
  if (condition === undefined) return own;
  const eyes = { today: asked.today, may: mayAsk(rights, asked.models) };
  try {
    const ownPart = resolveFilter(query.raw, model, eyes);
    const filter = narrowed(ownPart, resolveFilter(condition, model, eyes));
    return { ...own, filter: authorise({ ...asked, filter, ownPart, sort: [], projection: [] }).filter };
  } catch (cause) {
    if (!(cause instanceof ItemRejection)) throw cause;
    throw new GatewayError('request.forbidden', { detail: `yes_when: ${cause.message}`, cause });
  }
};
