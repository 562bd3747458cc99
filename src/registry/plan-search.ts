/** One item of a search request → a search that may be run: decoded, agreed, authorised, compiled. */

import type { LimitsConfig, RegistryConfig } from '../config/config.ts';
import { domainRecordType, type RegTypes } from '../dci/domains.ts';
import type { RecordOutput } from '../dci/output/record-output.ts';
import type { SearchItem } from '../dci/search-request.ts';
import { ItemRejection } from '../errors.ts';
import type { CompiledSearch, MappedSearch, Mapping } from '../mapping/mapping.ts';
import { type TriedIdentifier, triedIdentifiers } from '../query/count-identifiers.ts';
import { type DecodedQuery, decodeQuery } from '../query/decode.ts';
import { agreeRecordType } from '../query/record-types.ts';
import { authoriseQuery } from './authorise-query.ts';
import type { ConsentedSearch } from './consent/consented-search.ts';
import type { Policy } from './policy.ts';
import { authoriseProjected, type Projection, projectedType } from './project.ts';
import type { PartnerView } from './view.ts';

/** What all items of one request share. */
export interface PlanSetting {
  readonly registry: RegistryConfig;
  readonly regTypes: RegTypes;
  readonly mapping: Mapping;
  /** What the partner may do for a purpose. Throws `GatewayError('request.forbidden')` for one that is not its own. */
  readonly actFor: (purpose: string | undefined) => { readonly policy: Policy; readonly view: PartnerView };
  readonly limits: LimitsConfig;
  /** More records than this are too many; may be infinite. */
  readonly maxRecords: number;
  /** `YYYY-MM-DD` in UTC. */
  readonly today: string;
  /** Told which identifiers an item tries, before anything can refuse it. */
  readonly tries: (identifiers: readonly TriedIdentifier[]) => void;
  /** The answer waits before it is sent: whose consent it rests on is told with it. */
  readonly remembers?: boolean;
  /** Asks a service about consent; absent where nothing is run. */
  readonly consented?: ConsentedSearch | undefined;
  /** Of a special endpoint; absent: what the request asks for. */
  readonly projection?: Projection | undefined;
}

export interface PlannedSearch {
  readonly item: SearchItem;
  readonly recordType: string;
  /** What was compiled. */
  readonly asked: MappedSearch;
  readonly policy: Policy;
  /** Where a service decides about consent: asks it about this search, or another one of the same policy and view. */
  readonly decide: ConsentedSearch | undefined;
  readonly compiled: CompiledSearch;
  /** How its records are written for the partner; undefined: as they are rendered. */
  readonly output: RecordOutput | undefined;
  readonly pageSize: number;
  readonly maxRecords: number;
  readonly countCap: number;
}

/** A backend is not asked to pass over more rows than this. */
const MAX_OFFSET = 1_000_000_000;

/**
 * Throws `ItemRejection` for a problem of this item, `GatewayError('request.forbidden')` for what refuses the request:
 * a purpose, record type or identifier type that the partner may not use (PROTOCOL 3).
 */
export const planSearch = (item: SearchItem, setting: PlanSetting): PlannedSearch => {
  const { mapping, limits, today, projection: special } = setting;
  if (item.rejection !== undefined) throw new ItemRejection(item.rejection.code, item.rejection.message);
  const { policy, view } = setting.actFor(item.purpose);
  const { rights } = policy;
  const query = decodeQuery(item.query ?? null, limits);
  setting.tries(triedIdentifiers(query.raw, [...mapping.records.values()]));
  const recordType = recordTypeOf(item, query, setting);
  const question = { query, sort: item.sort, recordType, rights, models: mapping.records, today };
  const { filter, sort, projection } =
    special === undefined ? authoriseQuery(question) : authoriseProjected(question, special);
  const { limit, offset } = pageOf(item, limits);
  const { maxRecords } = setting;
  const countCap = Number.isFinite(maxRecords) ? maxRecords : limits.countCap;
  const asked = {
    recordType,
    filter,
    view,
    projection,
    subjects: setting.remembers === true ? policy.persons : undefined,
    sort,
    limit,
    offset,
    countCap: countCap + 1, // one more tells "exactly so many" from "more"
  };
  const compiled = mapping.compile(asked);
  const { output } = view;
  const planned = { item, recordType, policy, asked, compiled, output, pageSize: limit, maxRecords, countCap };
  const { consented } = setting;
  return { ...planned, decide: policy.asks === undefined ? undefined : consented };
};

/** The one type that all names agree on; else what reg_type implies, the domain's own, or the first one mapped. */
export const recordTypeOf = (
  item: Pick<SearchItem, 'regType' | 'recordTypes'>,
  query: DecodedQuery,
  { registry, regTypes, mapping, projection }: Pick<PlanSetting, 'registry' | 'regTypes' | 'mapping' | 'projection'>,
): string => {
  const { regType } = item;
  if (regType !== undefined && !regTypes.accepts(regType)) {
    throw new ItemRejection('rjct.search_criteria.invalid', 'reg_type does not name this registry.');
  }
  const types = mapping.records.keys();
  if (projection !== undefined) return projectedType(item, query.recordType, projection, registry.domain, types);
  const named = agreeRecordType([...item.recordTypes, query.recordType]);
  if (named !== undefined) return named;
  const implied = regType === undefined ? undefined : regTypes.recordType(regType);
  if (implied !== undefined) return implied;
  return domainRecordType(registry.domain, types);
};

const pageOf = (item: SearchItem, limits: LimitsConfig): { limit: number; offset: number } => {
  const limit = item.pageSize ?? limits.pageSize;
  const offset = (item.pageNumber - 1) * limit;
  if (limit > limits.maxPageSize) {
    throw new ItemRejection('rjct.pagination.invalid', `page_size is more than ${limits.maxPageSize}.`);
  }
  if (offset > MAX_OFFSET) throw new ItemRejection('rjct.pagination.invalid', 'page_number is too large.');
  return { limit, offset };
};
