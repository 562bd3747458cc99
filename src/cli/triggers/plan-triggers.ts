/** Which tables get a log, what a row of it holds, and which records it touches: all from the mapping. */

import type { CompiledSearch, Mapping, RecordView, View } from '../../mapping/mapping.ts';
import type { Entity } from '../../plugin.ts';

export interface LoggedTable {
  readonly entity: string;
  readonly table: string;
  /** Logged as they are after the change and, with `old_` before the name, as they were before. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Record type → columns with its key. */
  readonly touches: Readonly<Record<string, readonly string[]>>;
}

export interface TriggerPlan {
  readonly logs: readonly LoggedTable[];
  /** Entities of records that are no table: no trigger can stand on them. */
  readonly left: readonly string[];
}

const ALL_OF_IT: RecordView = { shows: () => true, showsIdentifier: () => true, rows: undefined };
const EVERYTHING: View = { of: () => ALL_OF_IT };

/** @param tables Entity → its table, for entities that are one. */
export const planTriggers = (
  mapping: Mapping,
  entities: readonly Entity[],
  tables: ReadonlyMap<string, string>,
): TriggerPlan => {
  const records = [...mapping.records].map(([type, { identifiers }]) => ({
    type,
    query: selected(mapping, type, undefined),
    identifying: identifiers === undefined ? [] : (selected(mapping, type, identifiers)?.select.columns ?? []),
  }));
  const logs: LoggedTable[] = [];
  const left: string[] = [];
  for (const entity of entities) {
    const touches: Record<string, readonly string[]> = {};
    const columns = new Set(entity.key);
    for (const { type, query, identifying } of records) {
      const touched = query === undefined ? undefined : columnsOfKey(entity, entities, query);
      if (touched === undefined || query === undefined) continue;
      touches[type] = touched;
      for (const name of [...touched, ...(query.entity === entity.name ? identifying : [])]) columns.add(name);
    }
    if (Object.keys(touches).length === 0) continue;
    const table = tables.get(entity.name);
    if (table === undefined) left.push(entity.name);
    else logs.push({ entity: entity.name, table, columns: typed(entity, [...columns]), touches });
  }
  return { logs, left };
};

const selected = (mapping: Mapping, recordType: string, path: string | undefined): CompiledSearch['query'] =>
  mapping.compile({
    ...{ recordType, filter: { kind: 'everything' }, view: EVERYTHING, sort: [] },
    projection: path === undefined ? undefined : [path],
    ...{ limit: 1, offset: 0, countCap: 1 },
  }).query;

/** Columns of this entity's rows that hold the key of the record's row: the row itself, or a child that the record shows. */
const columnsOfKey = (
  entity: Entity,
  entities: readonly Entity[],
  { entity: name, select }: NonNullable<CompiledSearch['query']>,
): readonly string[] | undefined => {
  if (entity.name === name) return entity.key;
  const parent = entities.find((each) => each.name === name);
  for (const { child } of Object.values(select.children)) {
    const edge = parent?.children.get(child);
    if (edge?.entity !== entity.name) continue;
    const columns = parent?.key.map((column) => edge.on[column]);
    if (columns?.every((column) => column !== undefined)) return columns;
  }
  return undefined;
};

const typed = (entity: Entity, names: readonly string[]): LoggedTable['columns'] =>
  names.flatMap((name) => {
    const column = entity.columns.get(name);
    return column === undefined ? [] : [{ name, type: column.nativeType }];
  });
