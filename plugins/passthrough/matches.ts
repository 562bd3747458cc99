/** A native filter on a record in memory: whether the upstream answered what it was asked, and conditions that it cannot answer. */
import type {
  ColumnType,
  Entity,
  NativeCompare,
  NativeFilter,
  NativeValue,
  NonNullValue,
  UpstreamJson,
} from 'dci-gateway/plugin';
import type { Match, RecordType } from './config.ts';
import { pathOf } from './paths.ts';
import { cell, childNodes } from './records.ts';

export interface Matcher {
  matches(filter: NativeFilter, node: UpstreamJson): boolean;
  /** The same on an item of a list of this path. */
  inside(path: string, entity: Entity): Matcher;
}

export const createMatcher = ({ entity, attributes }: RecordType, entities: ReadonlyMap<string, Entity>): Matcher => {
  const matchOf = (path: string): Match => attributes.get(path)?.match ?? 'exact';
  const at = (here: Entity, prefix: string): Matcher => {
    const typeOf = (column: string): ColumnType => here.columns.get(column)?.type ?? 'other';
    const child = (name: string): Matcher | undefined => {
      const target = entities.get(here.children.get(name)?.entity ?? '');
      return target === undefined ? undefined : at(target, `${prefix}${name}.`);
    };
    const matches = (filter: NativeFilter, node: UpstreamJson): boolean => {
      switch (filter.kind) {
        case 'all':
          return true;
        case 'none':
          return false;
        case 'and':
          return filter.of.every((each) => matches(each, node));
        case 'or':
          return filter.of.some((each) => matches(each, node));
        case 'not':
          return !matches(filter.of, node);
        case 'present':
          return cell(node, filter.column, typeOf(filter.column)) !== null;
        case 'length': {
          const value = cell(node, filter.column, typeOf(filter.column));
          return value !== null && Array.from(String(value)).length === filter.characters;
        }
        case 'in': {
          const { column, values } = filter;
          return values.some((value) => matches({ kind: 'compare', column, op: 'eq', value }, node));
        }
        case 'compare':
          return compares(filter, cell(node, filter.column, typeOf(filter.column)), typeOf(filter.column), matchOf(pathOf(prefix, filter.column, here))); // biome-ignore format: one look
        case 'any': {
          const inner = child(filter.child);
          return (
            inner !== undefined && childNodes(node, filter.child).some((item) => inner.matches(filter.filter, item))
          );
        }
        case 'first': {
          const inner = child(filter.child);
          const first = childNodes(node, filter.child).find((item) => inner?.matches(filter.among, item));
          return first !== undefined && inner?.matches(filter.filter, first) === true;
        }
      }
    };
    return { matches, inside: (path, target) => at(target, `${prefix}${path}.`) };
  };
  return at(entity, '');
};

const compares = (filter: NativeCompare, value: NativeValue, type: ColumnType, match: Match): boolean => {
  if (value === null) return false;
  const fold = (each: NonNullValue): string =>
    folded(String(each), filter.match === 'lower' && match === 'exact' ? 'nocase' : match);
  if (type === 'text') {
    const [left, right] = [fold(value), fold(filter.value)];
    if (filter.op === 'contains') return left.includes(right);
    if (filter.op === 'startswith') return left.startsWith(right);
    return holds(filter.op, Buffer.compare(Buffer.from(left), Buffer.from(right)));
  }
  const order = orderOf(type, value, filter.value);
  return order !== undefined && holds(filter.op, order);
};

const folded = (text: string, match: Match): string => {
  if (match === 'exact') return text;
  const plain = match === 'fold' ? text.normalize('NFD').replaceAll(/\p{M}/gu, '') : text;
  return plain.toLowerCase();
};

const holds = (op: NativeCompare['op'], order: number): boolean => {
  switch (op) {
    case 'eq':
      return order === 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    default:
      return false;
  }
};

/** Undefined where the type cannot hold the value. */
const orderOf = (type: ColumnType, left: NonNullValue, right: NonNullValue): number | undefined => {
  switch (type) {
    case 'integer':
      return isInteger(right) ? sign(BigInt(String(left)), BigInt(String(right))) : undefined;
    case 'float':
    case 'decimal':
      return Number.isFinite(Number(right)) ? sign(Number(left), Number(right)) : undefined;
    case 'boolean':
      return typeof right === 'boolean' ? sign(Number(left), Number(right)) : undefined;
    case 'date':
    case 'instant':
    case 'datetime':
      return sign(String(left), String(right)); // both of one form, which orders as its text does
    default:
      return undefined;
  }
};

const isInteger = (value: NonNullValue): boolean => /^(0|-?[1-9]\d*)$/.test(String(value));

const sign = <Value extends bigint | number | string>(left: Value, right: Value): number =>
  left < right ? -1 : left > right ? 1 : 0;
