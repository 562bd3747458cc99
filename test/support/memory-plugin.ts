/** A backend plugin over arrays: the oracle for native filters, and a registry for pipeline tests. */

import type {
  BackendPlugin,
  Capabilities,
  ChildSelection,
  Entity,
  NativeRow,
  NativeValue,
  RegistryQuery,
  SearchPage,
  Selection,
} from '../../src/plugin.ts';
import { type MemoryRow, type MemoryWorld, matches } from './memory-filter.ts';
import { orderNative } from './memory-values.ts';

export interface MemoryRegistry {
  readonly entities: readonly Entity[];
  /** By entity. A column that is left out of a row is NULL. */
  readonly rows: Readonly<Record<string, readonly MemoryRow[]>>;
  /** By entity and child edge: order of the child's columns (`-` is descending; the key follows) and which rows count at all. */
  readonly children?: Readonly<Record<string, Readonly<Record<string, MemoryEdge>>>>;
  /** By entity: which rows are not deleted. Applied to searches and to children. */
  readonly live?: Readonly<Record<string, (row: MemoryRow) => boolean>>;
}

export interface MemoryEdge {
  readonly order?: readonly string[];
  readonly where?: (row: MemoryRow) => boolean;
}

export interface MemoryPlugin extends BackendPlugin {
  /** What a search answers. */
  find(query: RegistryQuery): SearchPage;
  /** Every query that was asked, for assertions about what is fetched. */
  readonly queries: RegistryQuery[];
}

const CAPABILITIES: Capabilities = {
  compare: new Set(['eq', 'lt', 'le', 'gt', 'ge', 'contains', 'startswith']),
  sort: true,
  maxLimit: 100_000,
  childDepth: 8,
  changes: 'none',
};

export const createMemoryPlugin = (registry: MemoryRegistry): MemoryPlugin => {
  const world = createWorld(registry);
  const queries: RegistryQuery[] = [];
  const find: MemoryPlugin['find'] = (query) => {
    const found = liveRows(registry, query.entity).filter((row) => matches(world, query.entity, row, query.filter));
    const sorted = sortRows(world.entity(query.entity), found, query.order.map(signed));
    return {
      rows: sorted
        .slice(query.offset, query.offset + query.limit)
        .map((row) => select(world, world.entity(query.entity), row, query.select)),
      total: Math.min(found.length, query.countCap),
    };
  };
  return {
    capabilities: CAPABILITIES,
    queries,
    find,
    async search(query, ctx) {
      ctx.signal.throwIfAborted();
      queries.push(query);
      return find(query);
    },
    describe: async () => registry.entities,
    health: async () => undefined,
    close: async () => undefined,
  };
};

/** The live rows and their children, for tests that evaluate filters themselves. */
export const createWorld = (registry: MemoryRegistry): MemoryWorld => {
  const byName = new Map(registry.entities.map((entity) => [entity.name, entity]));
  const entity = (name: string): Entity => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`there is no entity ${name}`);
    return found;
  };
  return {
    entity,
    children: (name, row, child) => {
      const edge = entity(name).children.get(child);
      if (edge === undefined) throw new Error(`${name} has no child ${child}`);
      const extra = registry.children?.[name]?.[child];
      const rows = liveRows(registry, edge.entity).filter(
        (candidate) =>
          Object.entries(edge.on).every(([ours, theirs]) => joins(row[ours] ?? null, candidate[theirs] ?? null)) &&
          (extra?.where?.(candidate) ?? true),
      );
      return sortRows(entity(edge.entity), rows, extra?.order ?? []);
    },
  };
};

const joins = (left: NativeValue, right: NativeValue): boolean => left !== null && left === right;

const signed = ({ column, direction }: { column: string; direction: 'asc' | 'desc' }): string =>
  direction === 'desc' ? `-${column}` : column;

const liveRows = (registry: MemoryRegistry, entity: string): readonly MemoryRow[] => {
  const live = registry.live?.[entity];
  const rows = registry.rows[entity] ?? [];
  return live === undefined ? rows : rows.filter(live);
};

const sortRows = (entity: Entity, rows: readonly MemoryRow[], order: readonly string[]): readonly MemoryRow[] => {
  const keys = [...order, ...entity.key].map((text) => {
    const column = text.replace(/^-/, '');
    return { column, descending: text.startsWith('-'), type: entity.columns.get(column)?.type ?? 'other' };
  });
  return rows.toSorted((left, right) => {
    for (const { column, descending, type } of keys) {
      const by = orderNative(type, descending, left[column] ?? null, right[column] ?? null);
      if (by !== 0) return by;
    }
    return 0;
  });
};

const select = (world: MemoryWorld, entity: Entity, row: MemoryRow, selection: Selection): NativeRow => ({
  columns: Object.fromEntries(
    selection.columns.map((column) => {
      if (!entity.columns.has(column)) throw new Error(`${entity.name} has no column ${column}`);
      return [column, row[column] ?? null];
    }),
  ),
  children: Object.fromEntries(
    Object.entries(selection.children).map(([alias, child]) => [alias, childRows(world, entity, row, child)]),
  ),
});

const childRows = (world: MemoryWorld, entity: Entity, row: MemoryRow, selection: ChildSelection): NativeRow[] => {
  const edge = entity.children.get(selection.child);
  if (edge === undefined) throw new Error(`${entity.name} has no child ${selection.child}`);
  const child = world.entity(edge.entity);
  const { first, filter } = selection;
  let rows = world.children(entity.name, row, selection.child);
  if (first !== undefined) rows = rows.filter((each) => matches(world, child.name, each, first)).slice(0, 1);
  if (filter !== undefined) rows = rows.filter((each) => matches(world, child.name, each, filter));
  if (edge.max !== undefined) rows = rows.slice(0, edge.max);
  return rows.map((each) => select(world, child, each, selection));
};
