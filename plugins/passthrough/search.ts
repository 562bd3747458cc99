/** Runs a planned query: as many pages as it takes, every record looked at again before anybody sees it. */

import { randomUUID } from 'node:crypto';
import type {
  CallContext,
  ChildSelection,
  Entity,
  KeptAnswers,
  RegistryQuery,
  SearchPage,
  Upstream,
  UpstreamJson,
  UpstreamObject,
} from 'dci-gateway/plugin';
import type { PassthroughConfig } from './config.ts';
import { createMatcher, type Matcher } from './matches.ts';
import { createWithKeys } from './nested-keys.ts';
import type { QueryPlan } from './plan-query.ts';
import { type ItemResult, readResults, unusable } from './read-results.ts';
import type { World } from './record-types.ts';
import { rowOf } from './records.ts';

export const DEFAULT_PAGE_SIZE = 100;
export const DEFAULT_MOST_PAGES = 10;
const DEFAULT_MOST_ITEMS = 20;

export type Page = Pick<RegistryQuery, 'limit' | 'offset'>;

export interface Search {
  /** Records as they came, each proved. */
  fetch(plan: QueryPlan, page: Page, context: CallContext): Promise<Fetched>;
  search(plan: QueryPlan, query: RegistryQuery, context: CallContext): Promise<SearchPage>;
}

export interface Fetched {
  readonly records: readonly UpstreamObject[];
  readonly total: number;
}

export const createSearch = (config: PassthroughConfig, upstream: Upstream, world: World): Search => {
  const pageSize = config.page_size ?? DEFAULT_PAGE_SIZE;
  const mostItems = config.most_items ?? DEFAULT_MOST_ITEMS;
  const withKeys = createWithKeys(world);

  const call = async (items: readonly UpstreamObject[], signal: AbortSignal): Promise<UpstreamObject> => {
    const request = {
      ...{ path: '/sync/search', action: 'search', answerAction: 'on-search', totalCount: items.length },
      message: { transaction_id: randomUUID(), search_request: items },
    };
    return (await upstream.call(request, { signal })).message;
  };

  /** One request: these queries, one item each, of one page. */
  const ask = async (
    { type, queryType, sort }: QueryPlan,
    queries: readonly UpstreamJson[],
    page: { readonly number: number; readonly size: number },
    { signal, relay, kept }: CallContext,
  ): Promise<readonly ItemResult[]> => {
    const timestamp = `${new Date(relay?.acceptedAt ?? Date.now()).toISOString().slice(0, 19)}Z`;
    // What may be asked again must be the same then.
    const references = queries.map((_, index) => ((relay ?? kept) === undefined ? randomUUID() : `${index + 1}`));
    const items = queries.map((query, index) => ({
      reference_id: references[index] ?? '',
      timestamp,
      search_criteria: {
        version: '1.0.0',
        reg_record_type: type.wireName,
        ...config.criteria,
        query_type: queryType,
        query,
        ...(sort.length > 0 && { sort }),
        pagination: { page_number: page.number, page_size: page.size },
      },
    }));
    const message = relay === undefined ? await orKept(items, kept, () => call(items, signal)) : await relay.ask(items);
    const results = readResults(message, references, config.none_found ?? []).map(({ records, total }) => ({
      records: records.map((record) => withKeys(record, type.entity)),
      total,
    }));
    if (results.some(({ records }) => records.length > page.size))
      throw unusable('answered more records than a page has');
    return results;
  };

  /** The upstream may have dropped a condition that it does not know: then it answered something else, and nothing of it is shown. */
  const prove = (records: readonly UpstreamObject[], plan: QueryPlan, matcher: Matcher, context: CallContext): void => {
    const strangers = records.filter((record) => !matcher.matches(plan.told, record)).length;
    if (strangers === 0) return;
    context.log.error('the upstream answered records that were not asked for', {
      ...{ records: records.length, strangers, query_type: plan.queryType },
    });
    throw unusable('answered records that were not asked for: it does not filter by all it was told');
  };

  const readPages = async (plan: QueryPlan, query: Page, matcher: Matcher, context: CallContext) => {
    const { limit, offset } = query;
    const size = Math.min(limit, pageSize);
    const first = Math.floor(offset / size);
    const last = Math.floor((offset + limit - 1) / size);
    const records: UpstreamObject[] = [];
    let total = 0;
    for (let page = first; page <= last; page += 1) {
      const [result = { records: [], total: 0 }] = await ask(plan, plan.queries, { number: page + 1, size }, context);
      prove(result.records, plan, matcher, context);
      total = totalOf(result, page * size, size);
      records.push(...result.records);
      if ((page + 1) * size >= total) break;
    }
    const skipped = offset - first * size;
    return { records: records.slice(skipped, skipped + limit), total };
  };

  /** Whole answers, put together and compared here. */
  const readWhole = async (plan: QueryPlan, query: Page, matcher: Matcher, context: CallContext) => {
    const found = new Map<string, UpstreamObject>();
    for (let at = 0; at < plan.queries.length; at += mostItems) {
      const results = await ask(plan, plan.queries.slice(at, at + mostItems), { number: 1, size: pageSize }, context);
      for (const result of results) {
        prove(result.records, plan, matcher, context);
        if (totalOf(result, 0, pageSize) > result.records.length)
          throw unusable('has more records of one identifier than a page');
        for (const record of result.records) found.set(JSON.stringify(record), record);
      }
    }
    const { rest } = plan;
    const fitting = [...found.values()].filter((record) => rest === undefined || matcher.matches(rest, record));
    return { records: fitting.slice(query.offset, query.offset + query.limit), total: fitting.length };
  };

  const fetchBy = (plan: QueryPlan, page: Page, matcher: Matcher, context: CallContext): Promise<Fetched> => {
    const whole = plan.queries.length > 1 || plan.rest !== undefined;
    return (whole ? readWhole : readPages)(plan, page, matcher, context);
  };

  return {
    fetch: (plan, page, context) => fetchBy(plan, page, createMatcher(plan.type, world.entities), context),
    search: async (plan, query, context) => {
      const matcher = createMatcher(plan.type, world.entities);
      const { records, total } = await fetchBy(plan, query, matcher, context);
      const { entity } = plan.type;
      const rows = records.map((record) => ({
        ...rowOf(record, entity, query.select, world.entities, chooser(matcher)),
        ...(query.deleted === 'with' && { live: true }), // what is gone is not answered at all
      }));
      return { rows, total: Math.min(total, query.countCap) };
    },
  };
};

/** How many there are in all. One that tells none, or less than it answered, is believed only where its page was not full. */
const totalOf = ({ records, total }: ItemResult, before: number, size: number): number => {
  const seen = before + records.length;
  if (records.length === 0 && before > 0) {
    if (total === undefined || total > before) throw unusable('answered no record of a page within its total_count');
    return total; // the page lies behind the last record
  }
  if (total === undefined) {
    if (records.length < size) return seen;
    throw unusable('tells no total_count for a full page');
  }
  if (total < seen) throw unusable('tells a total_count below what it answered');
  if (records.length < size && total > seen) throw unusable('answered fewer records than it says there are');
  return total;
};

/** Child rows that satisfy the selection's filter, or the first. */
const chooser =
  (matcher: Matcher) =>
  (
    items: readonly UpstreamJson[],
    { child, filter, first }: ChildSelection,
    entity: Entity,
  ): readonly UpstreamJson[] => {
    if (filter === undefined && first === undefined) return items;
    const inside = matcher.inside(child, entity);
    const among = first === undefined ? items : items.filter((item) => inside.matches(first, item)).slice(0, 1);
    return filter === undefined ? among : among.filter((item) => inside.matches(filter, item));
  };

/** An answer was an object when it was kept. */
const orKept = async (
  items: readonly UpstreamObject[],
  kept: KeptAnswers | undefined,
  ask: () => Promise<UpstreamObject>,
): Promise<UpstreamObject> => {
  if (kept === undefined) return ask();
  const criteria = items.map(({ search_criteria: each }) => each ?? null);
  return (await kept.answer(JSON.stringify(criteria), ask)) as UpstreamObject;
};
