/**
 * Many look-ups in one backend query (PROTOCOL 9: a file costs a small constant number of queries for each batch of rows).
 * Which row asked for a record that came back is decided on the record as this partner sees it, by the test that holds
 * changes against subscriptions. Where that cannot be decided, each is looked up by itself: the answers are the same.
 */

import type { SearchOutcome } from '../../dci/search-response.ts';
import { ItemRejection } from '../../errors.ts';
import type { DciRecord, Mapping } from '../../mapping/mapping.ts';
import type { Subject } from '../../mapping/subjects.ts';
import type { CallContext } from '../../plugin.ts';
import { requiredValue } from '../../query/required-value.ts';
import { compileTest } from '../../query/test-filter.ts';
import type { PlannedSearch } from '../plan-search.ts';
import type { Registry } from '../registry.ts';
import { foundRecords, isTooMany, overMost, renderAll, runPlanned, subjectsIn } from '../run-planned.ts';
import { refuseBeyond } from '../within-capabilities.ts';
import { mergeLookUps } from './merge-look-ups.ts';

export interface Together {
  readonly registry: Registry;
  readonly mapping: Mapping;
  /** Runs one backend query, within its limits of number and time. */
  query<Result>(work: (context: CallContext) => Promise<Result>): Promise<Result>;
}

/** Records that one query answers; a batch that finds more is halved. */
const MOST_RECORDS = 1_000;

/** @returns an outcome for each, in their order */
export const searchTogether = async (
  searches: readonly PlannedSearch[],
  together: Together,
): Promise<readonly SearchOutcome[]> => {
  // Where a service decides, what is compiled so far lets nobody through.
  const asked = searches.filter(({ compiled, decide }) => decide !== undefined || compiled.query !== undefined);
  const found = await searchBatch(asked, together);
  return searches.map((each) => found.get(each) ?? foundRecords(each, [], 0)); // nothing can satisfy it
};

type Outcomes = ReadonlyMap<PlannedSearch, SearchOutcome>;

const searchBatch = async (searches: readonly PlannedSearch[], together: Together): Promise<Outcomes> => {
  if (searches.length < 2) return searchEach(searches, together);
  const batch = compileBatch(searches, together);
  if (batch === undefined) return searchEach(searches, together);
  const { candidates } = batch;
  const found = await together.query((context) => findBatch(batch.planned, together.registry, context));
  if (found === undefined) {
    const middle = Math.ceil(searches.length / 2);
    const left = await searchBatch(searches.slice(0, middle), together);
    return new Map([...left, ...(await searchBatch(searches.slice(middle), together))]);
  }
  const { compiled, rows } = found;
  const { subjectsOf } = compiled;
  const records = new Map<PlannedSearch, DciRecord[]>(searches.map((each) => [each, []]));
  const subjects = new Map<PlannedSearch, Subject[]>();
  for (const [at, record] of (await renderAll(compiled, rows)).entries()) {
    const askers = candidates(record);
    if (askers.length === 0) return searchEach(searches, together); // it does not show what it was found by
    const own = subjectsIn({ ...(subjectsOf && { subjectsOf }) }, rows.slice(at, at + 1));
    for (const each of askers) {
      records.get(each)?.push(record);
      if (own !== undefined) subjects.set(each, [...(subjects.get(each) ?? []), ...own]);
    }
  }
  return new Map([...records].map(([planned, some]) => [planned, outcomeOf(planned, some, subjects.get(planned))]));
};

/** Undefined where it finds more than one query answers, or than a service may be asked about. */
const findBatch = async (planned: PlannedSearch, { plugin }: Registry, context: CallContext) => {
  try {
    const decided = planned.decide === undefined ? planned : await planned.decide(planned, context);
    if ('status' in decided) return undefined;
    const { compiled } = decided;
    if (compiled.query === undefined) return { compiled, rows: [] }; // nobody consented
    const page = await plugin.search(compiled.query, context);
    return page.total > page.rows.length ? undefined : { compiled, rows: page.rows };
  } catch (cause) {
    if (isTooMany(cause)) return undefined;
    throw cause;
  }
};

const outcomeOf = (
  planned: PlannedSearch,
  records: readonly DciRecord[],
  subjects: readonly Subject[] | undefined,
): SearchOutcome =>
  records.length > planned.maxRecords
    ? overMost(planned)
    : foundRecords(planned, records.slice(0, planned.pageSize), records.length, subjects);

const searchEach = async (searches: readonly PlannedSearch[], together: Together): Promise<Outcomes> => {
  const outcomes = new Map<PlannedSearch, SearchOutcome>();
  for (const each of searches) {
    outcomes.set(
      each,
      await together.query((context) => runPlanned(each, together.registry, Number.POSITIVE_INFINITY, context)),
    );
  }
  return outcomes;
};

/** Undefined where the batch cannot be one query, or its records would not tell who asked for them. */
const compileBatch = (searches: readonly PlannedSearch[], { mapping, registry }: Together) => {
  const [first] = searches;
  if (first === undefined) return undefined;
  const { view } = first.asked;
  if (searches.some(({ recordType, asked }) => recordType !== first.recordType || asked.view !== view))
    return undefined;
  const model = mapping.records.get(first.recordType);
  const list = model?.identifiers;
  const seen = view.of(first.recordType);
  if (
    list === undefined ||
    seen?.shows(`${list}.identifier_value`) !== true ||
    !seen.shows(`${list}.identifier_type`)
  ) {
    return undefined;
  }
  const filter = mergeLookUps(searches.map(({ asked }) => asked.filter));
  const candidates = filter && askersOf(searches, model?.fields);
  if (filter === undefined || candidates === undefined) return undefined;
  const limit = Math.min(MOST_RECORDS, registry.plugin.capabilities.maxLimit);
  const asked = { ...first.asked, filter, limit, offset: 0, countCap: limit + 1 };
  const compiled = orUndefined(() => {
    const batch = mapping.compile(asked);
    if (batch.query !== undefined) refuseBeyond(batch.query, registry.plugin);
    return batch;
  });
  // Where a service decides, what is compiled so far lets nobody through.
  if (compiled === undefined || (compiled.query === undefined && first.decide === undefined)) return undefined;
  return { planned: { ...first, asked, compiled }, candidates };
};

/** Undefined for what the mapping or the backend cannot do with many values at once, although it can with each. */
const orUndefined = <Result>(work: () => Result): Result | undefined => {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ItemRejection) return undefined;
    throw cause;
  }
};

/** Who asked for a record: found by the values it shows, then decided by the whole filter. */
const askersOf = (
  searches: readonly PlannedSearch[],
  fields: ReadonlySet<string> | undefined,
): ((record: DciRecord) => readonly PlannedSearch[]) | undefined => {
  const byValue = new Map<string, { readonly planned: PlannedSearch; readonly test: (record: object) => boolean }[]>();
  for (const planned of searches) {
    const { filter } = planned.asked;
    const test = compileTest(filter, fields);
    const required = requiredValue(filter);
    if (test === undefined || required === undefined) return undefined;
    for (const value of required.values) byValue.set(value, [...(byValue.get(value) ?? []), { planned, test }]);
  }
  return (record) => {
    const shown = new Set<string>();
    collectTexts(record, shown);
    const found = [...shown].flatMap((value) => byValue.get(value) ?? []);
    return found.flatMap(({ planned, test }) => (test(record) ? [planned] : []));
  };
};

const collectTexts = (value: unknown, into: Set<string>): void => {
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) collectTexts(each, into);
  else if (value !== undefined && value !== null) into.add(String(value));
};
