/** Joins configuration and facts to the model, and finds where they do not fit. */

import type { ConfigProblem } from 'dci-gateway/plugin';
import { sql } from 'kysely';
import type { BoundFilter } from './bound-filter.ts';
import { combine } from './bound-filter.ts';
import type { Dialect, Fragment, Param, StoredColumn } from './dialect.ts';
import {
  type ChildConfig,
  type Conditions,
  type ConditionValue,
  type EntityConfig,
  type EntityConfigs,
  keyOf,
} from './entities.ts';
import type { EntityFacts } from './introspection.ts';
import type { Model, ModelEdge, ModelEntity } from './model.ts';

type Path = readonly (string | number)[];

/** The FROM item of an entity. */
export const sourceOf = (entity: EntityConfig, schema?: string): Fragment => {
  const name = entity.table ?? entity.view;
  if (name === undefined) return sql`(${sql.raw(`${entity.select ?? ''}\n`)})`;
  const parts = name.split('.');
  return sql`${sql.id(...(parts.length === 1 && schema !== undefined ? [schema, name] : parts))}`;
};

export interface BuiltModel {
  readonly model: Model;
  readonly problems: readonly ConfigProblem[];
}

export const buildModel = (
  configs: EntityConfigs,
  facts: ReadonlyMap<string, EntityFacts>,
  dialect: Dialect,
  schema?: string,
): BuiltModel => {
  const problems: ConfigProblem[] = [];
  const model = new Map<string, ModelEntity>();
  for (const [name, config] of Object.entries(configs)) {
    const found = facts.get(name);
    if (found !== undefined) model.set(name, buildEntity(name, config, found, dialect, problems, schema));
  }
  for (const [name, config] of Object.entries(configs)) {
    const entity = model.get(name);
    if (entity === undefined) continue;
    for (const [edge, child] of Object.entries(config.children ?? {})) {
      const target = model.get(child.entity);
      if (target === undefined) continue;
      const path = ['entities', name, 'children', edge];
      entity.children.set(edge, buildEdge(path, edge, entity, target, child, dialect, problems));
      (entity.described.children as Map<string, unknown>).set(edge, {
        entity: child.entity,
        on: child.on,
        ordered: true, // the key, which is checked to be unique, ends every order
        ...(child.max === undefined ? {} : { max: child.max }),
      });
    }
  }
  return { model, problems };
};

const buildEntity = (
  name: string,
  config: EntityConfig,
  facts: EntityFacts,
  dialect: Dialect,
  problems: ConfigProblem[],
  schema: string | undefined,
): ModelEntity => {
  const path = ['entities', name];
  const found = new Map(facts.columns.map((column) => [column.name, column]));
  const keyNames = keyOf(config);
  const keyed = facts.unique.some((set) => set.every((column) => keyNames.includes(column)));
  for (const column of keyNames) {
    const known = found.get(column);
    // A key that may be NULL is refused after a look at the rows, so from here on it is not NULL.
    if (known !== undefined)
      found.set(column, { ...known, nullable: false, access: keyNames.length === 1 && keyed ? 3 : known.access });
  }
  const key = columnsAt([...path, 'key'], keyNames, found, problems, (index) =>
    typeof config.key === 'string' ? [] : [index],
  );
  for (const [index, column] of key.entries())
    if (!column.sortable)
      problems.push({
        path: [...path, 'key', ...(typeof config.key === 'string' ? [] : [index])],
        problem: `is of type ${column.nativeType}, which cannot be a key`,
        fix: `select it as text: cast(${column.name} as char(64))`,
      });
  const base = (['where', 'live'] as const).flatMap((part) =>
    bindConditions([...path, part], config[part] ?? {}, found, dialect, problems),
  );
  const children = new Map<string, ModelEdge>();
  return {
    name,
    source: sourceOf(config, schema),
    plainTable: config.table !== undefined,
    columns: found,
    key,
    nativeKey: keyed || key.every((column) => !column.folds),
    base,
    children,
    described: { name, key: keyNames, columns: new Map([...found].map(describedColumn)), children: new Map() },
  };
};

/** Change feeds know what to do with times that do not sort, searches do not. */
const describedColumn = ([name, column]: readonly [string, StoredColumn]): readonly [string, StoredColumn] => [
  name,
  column.unordered === true ? { ...column, searchable: false, sortable: false } : column,
];

const buildEdge = (
  path: Path,
  name: string,
  entity: ModelEntity,
  child: ModelEntity,
  config: ChildConfig,
  dialect: Dialect,
  problems: ConfigProblem[],
): ModelEdge => {
  const on = Object.entries(config.on).flatMap(([our, their]) => {
    const at = () => [our];
    const [ours] = columnsAt([...path, 'on'], [our], entity.columns, problems, at);
    const [theirs] = columnsAt([...path, 'on'], [their], child.columns, problems, at);
    if (ours === undefined || theirs === undefined) return [];
    if (ours.type !== theirs.type || !ours.sortable)
      problems.push({
        path: [...path, 'on', our],
        problem: `joins ${our} (${ours.nativeType}) to ${their} (${theirs.nativeType}), which are of different types`,
        fix: 'join columns of one type, or cast one in a SELECT',
      });
    return [{ ours, theirs }];
  });
  const names = (config.order ?? []).map((each) => each.replace(/^-/, ''));
  const columns = columnsAt([...path, 'order'], names, child.columns, problems, (index) => [index]);
  const order = columns.map((column) => ({
    column,
    direction: (config.order ?? []).includes(`-${column.name}`) ? ('desc' as const) : ('asc' as const),
  }));
  for (const { column } of order)
    if (!column.sortable) problems.push({ path: [...path, 'order'], problem: `${column.name} cannot be sorted by` });
  const where = bindConditions([...path, 'where'], config.where ?? {}, child.columns, dialect, problems);
  const id = JSON.stringify([entity.name, name]);
  return { name, id, index: entity.children.size, child, on, where, order, max: config.max };
};

const columnsAt = (
  path: Path,
  names: readonly string[],
  found: ReadonlyMap<string, StoredColumn>,
  problems: ConfigProblem[],
  at: (index: number) => Path,
): readonly StoredColumn[] =>
  names.flatMap((name, index) => {
    const column = found.get(name);
    if (column !== undefined) return [column];
    problems.push({
      path: [...path, ...at(index)],
      problem: `names the column ${name}, which is not there or not selected`,
      fix: `use one of ${[...found.keys()].slice(0, 30).join(', ')}`,
    });
    return [];
  });

/** `live: {deleted: false}` on a column of 0 and 1 means what it says, and 0 on a boolean one too. */
const paramOf = (dialect: Dialect, column: StoredColumn, value: NonNullable<ConditionValue>): Param | undefined => {
  if (typeof value === 'boolean' && column.type === 'integer') return dialect.coerce(column, Number(value));
  if (column.type === 'boolean' && (value === 0 || value === 1)) return dialect.coerce(column, value === 1);
  return dialect.coerce(column, value);
};

const bindConditions = (
  path: Path,
  conditions: Conditions,
  found: ReadonlyMap<string, StoredColumn>,
  dialect: Dialect,
  problems: ConfigProblem[],
): readonly BoundFilter[] =>
  Object.entries(conditions).flatMap(([name, wanted]) => {
    const [column] = columnsAt(path, [name], found, problems, () => [name]);
    if (column === undefined) return [];
    const some = (Array.isArray(wanted) ? wanted : [wanted]).flatMap((value: ConditionValue): BoundFilter[] => {
      if (value === null) return [{ kind: 'not', of: { kind: 'present', column } }];
      const param = column.searchable ? paramOf(dialect, column, value) : undefined;
      if (param !== undefined) return [{ kind: 'compare', column, op: 'eq', match: 'exact', values: [param] }];
      problems.push({
        path: [...path, name],
        problem: `compares ${name} (${column.nativeType}) with a value that it cannot hold`,
        fix: 'write a value of its type',
      });
      return [];
    });
    return [combine('or', some)];
  });
