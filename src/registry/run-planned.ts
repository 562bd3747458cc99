/** Runs one planned search and renders its page. */

import type { FoundRecords, RejectedItem } from '../dci/search-response.ts';
import type { CompiledSearch, DciRecord } from '../mapping/mapping.ts';
import type { Subject } from '../mapping/subjects.ts';
import { BackendError, type CallContext, type NativeRow, type RegistryQuery, type SearchPage } from '../plugin.ts';
import { rejected } from './item-outcome.ts';
import type { PlannedSearch } from './plan-search.ts';
import type { Registry } from './registry.ts';

const EMPTY: SearchPage = { rows: [], total: 0 };

/** @param left Records that this answer may still carry. Rejects with BackendError when the backend fails. */
export const runPlanned = async (
  search: PlannedSearch,
  registry: Registry,
  left: number,
  context: CallContext,
): Promise<FoundRecords | RejectedItem> => {
  try {
    return await run(search, registry, left, context);
  } catch (cause) {
    if (!isTooMany(cause)) throw cause;
    return tooMany(search, 'A condition of the search finds more records than can be looked through.');
  }
};

/** The backend would have to go through more rows than it will: of this search alone. */
export const isTooMany = (cause: unknown): boolean => cause instanceof BackendError && cause.kind === 'too_many';

const run = async (
  search: PlannedSearch,
  registry: Registry,
  left: number,
  context: CallContext,
): Promise<FoundRecords | RejectedItem> => {
  const planned = search.decide === undefined ? search : await search.decide(search, context);
  if ('status' in planned) return planned;
  const { compiled, maxRecords } = planned;
  const { query } = compiled;
  const page = query === undefined ? EMPTY : await registry.plugin.search(within(query, left), context);
  if (page.total > maxRecords) return overMost(planned);
  if (page.rows.length > left) return tooMany(planned, 'The answer would carry more records than one answer may.');
  return foundRecords(planned, await renderAll(compiled, page.rows), page.total, subjectsIn(compiled, page.rows));
};

/** One row more than still fits tells that the page does not: it is read no further. */
const within = (query: RegistryQuery, left: number): RegistryQuery =>
  query.limit > left + 1 ? { ...query, limit: left + 1 } : query;

/** The outcome of an item that found these, as they were rendered: here they are written for the partner, whatever found them. */
export const foundRecords = (
  { item, recordType, policy, output, pageSize, countCap }: PlannedSearch,
  records: readonly DciRecord[],
  total: number,
  subjects?: readonly Subject[],
): FoundRecords => ({
  status: 'succ',
  referenceId: item.referenceId,
  locale: item.locale,
  recordType,
  enforced: policy.enforced,
  ...(subjects !== undefined && { consented: { purpose: policy.purpose, persons: subjects } }),
  records: output === undefined ? records : records.map((record) => output.write(recordType, record)),
  pageSize,
  pageNumber: item.pageNumber,
  totalCount: Math.min(total, countCap),
  note: total > countCap ? `More than ${countCap} records were found; counting stopped there.` : undefined,
});

/** The outcome of an item that found more records than the partner or the registry may have. */
export const overMost = (planned: PlannedSearch): RejectedItem =>
  tooMany(planned, `More than ${planned.maxRecords} records were found.`);

const tooMany = ({ item }: PlannedSearch, message: string): RejectedItem =>
  rejected(item, 'rjct.search.too_many_records_found', message);

/** Whom these rows are of; undefined where nobody has to remember. */
export const subjectsIn = (
  { subjectsOf }: Pick<CompiledSearch, 'subjectsOf'>,
  rows: readonly NativeRow[],
): readonly Subject[] | undefined => subjectsOf && rows.flatMap((row) => subjectsOf(row));

/** Most records are rendered without waiting for anything. */
export const renderAll = async (
  { render }: CompiledSearch,
  rows: readonly NativeRow[],
): Promise<readonly DciRecord[]> => {
  const records = rows.map((row) => render(row));
  return records.some((record) => record instanceof Promise) ? Promise.all(records) : (records as DciRecord[]);
};
