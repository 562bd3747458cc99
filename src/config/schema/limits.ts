import type { LimitsConfig } from '../config.ts';
import { bytes, milliseconds } from '../units.ts';
import { count, formatted, keys, type Section } from './section.ts';

export interface RawLimits {
  readonly redis?: string;
  readonly replicas: number;
  readonly per_minute: number;
  readonly per_day: number;
  readonly records_per_day: number;
  readonly identifiers_per_day: number;
  readonly concurrent_searches: number;
  readonly max_records?: number;
  readonly address_per_minute: number;
  readonly failed_tokens_per_minute: number;
  readonly sync_items: number;
  readonly async_items: number;
  readonly async_records: number;
  readonly identifiers_per_list: number;
  readonly records_per_answer: number;
  readonly page_size: number;
  readonly max_page_size: number;
  readonly count_cap: number;
  readonly search_timeout: string;
  readonly json_depth: number;
  readonly predicates: number;
  readonly tree_nodes: number;
  readonly in_values: number;
  readonly graphql_size: string;
  readonly graphql_tokens: number;
}

/** What can be set for one partner as well. */
export const partnerLimitProperties = (defaults: boolean): Readonly<Record<string, object>> => ({
  per_minute: count(defaults ? 60 : undefined),
  per_day: count(defaults ? 10_000 : undefined),
  records_per_day: count(defaults ? 10_000 : undefined),
  identifiers_per_day: count(defaults ? 10_000 : undefined),
  concurrent_searches: count(defaults ? 4 : undefined),
  max_records: count(undefined),
});

/** PROTOCOL 11. */
export const limitsSection: Section<RawLimits, LimitsConfig> = {
  schema: keys({
    redis: { type: 'string', pattern: '^rediss?://', fix: 'write redis://host:6379 or rediss://host:6380' },
    replicas: count(1, 1, 1000),
    ...partnerLimitProperties(true),
    address_per_minute: count(600),
    failed_tokens_per_minute: count(5),
    sync_items: count(100),
    async_items: count(1000),
    async_records: count(10_000),
    identifiers_per_list: count(100),
    records_per_answer: count(1000),
    page_size: count(20),
    max_page_size: count(1000),
    count_cap: count(100_000),
    search_timeout: formatted('duration', '10s'),
    json_depth: count(32, 8, 100),
    predicates: count(100),
    tree_nodes: count(200),
    in_values: count(1000),
    graphql_size: formatted('size', '8KB'),
    graphql_tokens: count(500),
  }),
  read: (raw) => ({
    ...(raw.redis !== undefined && { redisUrl: raw.redis }),
    replicas: raw.replicas,
    perMinute: raw.per_minute,
    perDay: raw.per_day,
    recordsPerDay: raw.records_per_day,
    identifiersPerDay: raw.identifiers_per_day,
    concurrentSearches: raw.concurrent_searches,
    ...(raw.max_records !== undefined && { maxRecords: raw.max_records }),
    addressPerMinute: raw.address_per_minute,
    failedTokensPerMinute: raw.failed_tokens_per_minute,
    syncItems: raw.sync_items,
    asyncItems: raw.async_items,
    asyncRecords: raw.async_records,
    identifiersPerList: raw.identifiers_per_list,
    recordsPerAnswer: raw.records_per_answer,
    pageSize: raw.page_size,
    maxPageSize: raw.max_page_size,
    countCap: raw.count_cap,
    searchMs: milliseconds(raw.search_timeout),
    jsonDepth: raw.json_depth,
    predicates: raw.predicates,
    treeNodes: raw.tree_nodes,
    inValues: raw.in_values,
    graphqlBytes: bytes(raw.graphql_size),
    graphqlTokens: raw.graphql_tokens,
  }),
};
