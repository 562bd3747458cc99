/** A registry as a plugin shows it: every live row of every entity, and which child rows hang on which. */

import assert from 'node:assert/strict';
import type { BackendPlugin, CallContext, Entity, NativeRow, RegistryQuery, Selection } from '../../src/plugin.ts';
import { type MemoryRow, type MemoryWorld, matches } from './memory-filter.ts';

export interface ObservedWorld extends MemoryWorld {
  readonly entities: readonly Entity[];
  rows(entity: string): readonly MemoryRow[];
  /** Asserts that the children of a fetched row are those that its selection asks for, in order. */
  checkChildren(entity: Entity, row: NativeRow, select: Selection): void;
}

const MANY = 1000;

export const keyOf = (entity: Entity, row: MemoryRow): string =>
  JSON.stringify(entity.key.map((column) => row[column] ?? null));

/** A query for all rows of an entity, with all its columns. */
export const pageOf = (entity: Entity): RegistryQuery => ({
  entity: entity.name,
  filter: { kind: 'all' },
  select: { columns: [...entity.columns.keys()], children: {} },
  order: [],
  limit: MANY,
  offset: 0,
  countCap: 10_000,
});

export const observe = async (plugin: BackendPlugin, ctx: CallContext): Promise<ObservedWorld> => {
  const entities = await plugin.describe(ctx);
  const byName = new Map(entities.map((entity) => [entity.name, entity]));
  const entityOf = (name: string): Entity => {
    const entity = byName.get(name);
    assert.ok(entity, `there is no entity ${name}`);
    return entity;
  };
  const rows = new Map<string, readonly MemoryRow[]>();
  const children = new Map<MemoryRow, ReadonlyMap<string, readonly string[]>>();
  const byKey = new Map<string, ReadonlyMap<string, MemoryRow>>();
  for (const entity of entities) {
    const edges = [...entity.children].map(([child, edge]) => {
      const { key } = entityOf(edge.entity);
      return [child, { child, columns: key, children: {} }] as const;
    });
    const query = pageOf(entity);
    const select = { ...query.select, children: Object.fromEntries(edges) };
    const page = await plugin.search({ ...query, select }, ctx);
    assert.ok(page.rows.length < MANY, 'too many rows for this suite');
    rows.set(
      entity.name,
      page.rows.map(({ columns }) => columns),
    );
    byKey.set(entity.name, new Map(page.rows.map(({ columns }) => [keyOf(entity, columns), columns])));
    for (const row of page.rows)
      children.set(
        row.columns,
        new Map(
          Object.entries(row.children).map(([child, found]) => {
            const target = entityOf(entity.children.get(child)?.entity ?? '');
            return [child, found.map(({ columns }) => keyOf(target, columns))];
          }),
        ),
      );
  }
  const world: ObservedWorld = {
    entities,
    entity: entityOf,
    rows: (name) => rows.get(name) ?? [],
    children: (name, row, child) => {
      const target = entityOf(name).children.get(child)?.entity ?? '';
      const known = byKey.get(name)?.get(keyOf(entityOf(name), row));
      const keys = (known && children.get(known)?.get(child)) ?? [];
      return keys.map((key) => byKey.get(target)?.get(key)).filter((found) => found !== undefined);
    },
    checkChildren: (entity, row, select) => {
      for (const [alias, child] of Object.entries(select.children)) {
        const target = entityOf(entity.children.get(child.child)?.entity ?? '');
        let expected = world.children(entity.name, row.columns, child.child);
        const { first, filter } = child;
        if (first) expected = expected.filter((each) => matches(world, target.name, each, first)).slice(0, 1);
        if (filter) expected = expected.filter((each) => matches(world, target.name, each, filter));
        const found = row.children[alias] ?? [];
        assert.deepEqual(
          found.map(({ columns }) => keyOf(target, columns)),
          expected.map((each) => keyOf(target, each)),
          `${entity.name}.${alias}`,
        );
        for (const each of found) world.checkChildren(target, each, child);
      }
    },
  };
  return world;
};
