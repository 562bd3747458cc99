/** What an upstream answered to a search, item by item: records and their total, or a failure that is not passed off as "nobody". */
import { BackendError, type UpstreamJson, type UpstreamObject } from 'dci-gateway/plugin';
import { isObject } from './records.ts';

export interface ItemResult {
  readonly records: readonly UpstreamObject[];
  /** Undefined: it told none. */
  readonly total: number | undefined;
}

/** @param noneFound reason codes that mean that nobody was found */
export const readResults = (
  message: UpstreamObject,
  references: readonly string[],
  noneFound: readonly string[],
): readonly ItemResult[] => {
  const { search_response: items } = message;
  if (!Array.isArray(items)) throw unusable('answered no search_response');
  const list: readonly UpstreamJson[] = items;
  return references.map((reference) => {
    const found = list.filter((each) => isObject(each) && each.reference_id === reference);
    const [item] = found;
    if (!isObject(item) || found.length > 1) throw unusable('did not answer each item once');
    return readItem(item, noneFound);
  });
};

const readItem = (item: UpstreamObject, noneFound: readonly string[]): ItemResult => {
  const { status, status_reason_code: code, data, pagination } = item;
  if (status !== 'succ') {
    const said = typeof code === 'string' ? code : '';
    if (status === 'rjct' && noneFound.includes(said)) return { records: [], total: 0 };
    throw unusable(`refused an item: ${/^[\w.-]{1,60}$/.test(said) ? said : 'no reason code'}`);
  }
  const records = recordsOf(isObject(data) ? data.reg_records : undefined);
  return { records, total: totalOf(isObject(pagination) ? pagination.total_count : undefined) };
};

const recordsOf = (value: UpstreamJson | undefined): readonly UpstreamObject[] => {
  if (value === undefined || value === null || value === '') return [];
  if (isObject(value)) {
    const { '@graph': graph } = value;
    if (Array.isArray(graph)) return recordsOf(graph as readonly UpstreamJson[]);
    return Object.keys(value).length === 0 ? [] : [value];
  }
  if (Array.isArray(value) && (value as readonly UpstreamJson[]).every(isObject))
    return value as readonly UpstreamObject[];
  throw unusable('answered reg_records that are no records');
};

const totalOf = (value: UpstreamJson | undefined): number | undefined => {
  const total = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : undefined;
};

export const unusable = (problem: string): BackendError => new BackendError('unavailable', `the upstream ${problem}`);
