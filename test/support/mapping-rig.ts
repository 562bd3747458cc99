/** A mapping over rows in memory, for tests: bind it, search it, see the records. */

import { parse } from 'yaml';
import type { Filter, Operator, Scalar } from '../../src/dci/filter.ts';
import type { DciRecord, MappedSearch, Mapping, RecordView, View } from '../../src/mapping/mapping.ts';
import { readMapping } from '../../src/mapping/read.ts';
import type { BackendPlugin, CallContext, Column, ColumnType, Entity } from '../../src/plugin.ts';
import { decodeQuery } from '../../src/query/decode.ts';
import { resolveFilter } from '../../src/query/resolve.ts';
import { createMemoryPlugin, type MemoryPlugin, type MemoryRegistry } from './memory-plugin.ts';
import { QUERY_LIMITS } from './query-limits.ts';
import { toNode } from './to-node.ts';

export const column = (name: string, type: ColumnType, more: Partial<Column> = {}): Column => ({
  name,
  type,
  nullable: true,
  nativeType: type,
  searchable: true,
  sortable: true,
  ...more,
});

/** `{ id: 'integer', name: 'text' }`, the key, and the children. */
export const entity = (
  name: string,
  key: readonly string[],
  columns: Readonly<Record<string, ColumnType | Column>>,
  children:
    | Entity['children']
    | Readonly<Record<string, { entity: string; on: Readonly<Record<string, string>>; ordered?: boolean }>> = {},
): Entity => ({
  name,
  key,
  columns: new Map(
    Object.entries(columns).map(([each, type]) => [each, typeof type === 'string' ? column(each, type) : type]),
  ),
  children:
    children instanceof Map
      ? children
      : new Map(Object.entries(children).map(([child, edge]) => [child, { ordered: true, ...edge }])),
});

export const showing = (view: Partial<RecordView> = {}): RecordView => ({
  shows: () => true,
  showsIdentifier: () => true,
  rows: undefined,
  ...view,
});

const all = showing();
export const EVERYTHING: View = { of: () => all };

/** Places are the paths themselves: `mapping.yaml:records.Person`. */
export const located = (value: unknown) => ({
  value,
  at: (path: readonly (string | number)[]) => `mapping.yaml:${path.join('.')}`,
});

export const read = (yaml: string, options: { domain?: string; timezone?: string; entities?: unknown } = {}) =>
  readMapping(located(parse(yaml)), {
    domain: options.domain ?? 'social',
    timezone: options.timezone,
    entities: options.entities,
  });

/** Records that satisfy the filter, in the backend's order. */
export type SearchRecords = (
  recordType: string,
  filter?: Filter,
  more?: Partial<MappedSearch>,
) => Promise<readonly DciRecord[]>;

export interface Rig {
  readonly mapping: Mapping;
  readonly plugin: MemoryPlugin;
  readonly search: SearchRecords;
}

const context = { signal: new AbortController().signal } as CallContext;

export const rig = (mapping: Mapping, registry: MemoryRegistry): Rig => {
  const plugin = createMemoryPlugin(registry);
  return { mapping, plugin, search: searchThrough(mapping, plugin, () => context) };
};

export const searchThrough =
  (mapping: Mapping, plugin: BackendPlugin, newContext: () => CallContext): SearchRecords =>
  async (recordType, filter = { kind: 'everything' }, more = {}) => {
    const { query, render } = mapping.compile({
      ...{ recordType, filter, view: EVERYTHING, projection: undefined, sort: [] },
      ...{ limit: 100_000, offset: 0, countCap: 100_000 },
      ...more,
    });
    if (query === undefined) return [];
    const { rows } = await plugin.search(query, newContext());
    return Promise.all(rows.map(render));
  };

/** A comparison on an attribute of a mapping, by any of its names. */
export const where = (
  mapping: Mapping,
  recordType: string,
  name: string,
  operator: Operator,
  ...values: Scalar[]
): Filter => {
  const attribute = mapping.records.get(recordType)?.attributes.get(name);
  if (attribute === undefined) throw new Error(`${recordType} has no attribute ${name}`);
  return { kind: 'compare', attribute, operator, values };
};

/** A query as a caller writes it, in the names of a mapping. */
export const resolveFor = (mapping: Mapping, recordType: string, query: unknown): Filter => {
  const model = mapping.records.get(recordType);
  if (model === undefined) throw new Error(`there is no record ${recordType}`);
  return resolveFilter(decodeQuery(toNode(query), QUERY_LIMITS).raw, model, { today: '2026-11-22' });
};
