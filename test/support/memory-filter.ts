/** Evaluates a NativeFilter over rows in memory: what every backend's answer must equal. */

import type { Entity, NativeCompare, NativeFilter, NativeValue } from '../../src/plugin.ts';
import { compareNative } from './memory-values.ts';

export type MemoryRow = Readonly<Record<string, NativeValue>>;

/** How the evaluator reaches the live child rows of a row, in the edge's order. */
export interface MemoryWorld {
  entity(name: string): Entity;
  children(entity: string, row: MemoryRow, child: string): readonly MemoryRow[];
}

export const matches = (world: MemoryWorld, entityName: string, row: MemoryRow, filter: NativeFilter): boolean => {
  const entity = world.entity(entityName);
  const again = (inner: NativeFilter): boolean => matches(world, entityName, row, inner);
  switch (filter.kind) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'and':
      return filter.of.every(again);
    case 'or':
      return filter.of.some(again);
    case 'not':
      return !again(filter.of);
    case 'present':
      return cell(entity, row, filter.column) !== null;
    case 'length': {
      const value = cell(entity, row, filter.column);
      return value !== null && Array.from(String(value)).length === filter.characters;
    }
    case 'in': {
      const type = columnType(entity, filter.column);
      const value = cell(entity, row, filter.column);
      return filter.values.some((wanted) => compareNative(type, value, wanted) === 0);
    }
    case 'compare':
      return compares(entity, row, filter);
    case 'any':
      return rowsOf(world, entity, row, filter.child).some((child) =>
        matches(world, childEntity(entity, filter.child), child, filter.filter),
      );
    case 'first': {
      const name = childEntity(entity, filter.child);
      const first = rowsOf(world, entity, row, filter.child).find((child) => matches(world, name, child, filter.among));
      return first !== undefined && matches(world, name, first, filter.filter);
    }
  }
};

const compares = (entity: Entity, row: MemoryRow, filter: NativeCompare): boolean => {
  const type = columnType(entity, filter.column);
  const raw = cell(entity, row, filter.column);
  if (raw === null) return false;
  const value = filter.match === 'lower' ? String(raw).toLowerCase() : raw;
  if (filter.op === 'contains' || filter.op === 'startswith') {
    if (type !== 'text') throw new Error(`${filter.op} on ${entity.name}.${filter.column}, which is no text`);
    return filter.op === 'contains'
      ? String(value).includes(String(filter.value))
      : String(value).startsWith(String(filter.value));
  }
  const order = compareNative(type, value, filter.value);
  if (order === undefined) return false;
  return { eq: order === 0, lt: order < 0, le: order <= 0, gt: order > 0, ge: order >= 0 }[filter.op];
};

const columnType = (entity: Entity, column: string) => {
  const found = entity.columns.get(column);
  if (found === undefined) throw new Error(`${entity.name} has no column ${column}`);
  return found.type;
};

const cell = (entity: Entity, row: MemoryRow, column: string): NativeValue => {
  columnType(entity, column);
  return row[column] ?? null;
};

const childEntity = (entity: Entity, child: string): string => {
  const edge = entity.children.get(child);
  if (edge === undefined) throw new Error(`${entity.name} has no child ${child}`);
  return edge.entity;
};

const rowsOf = (world: MemoryWorld, entity: Entity, row: MemoryRow, child: string): readonly MemoryRow[] =>
  world.children(entity.name, row, child);
