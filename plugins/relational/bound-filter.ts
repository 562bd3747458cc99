/**
 * A native filter whose names are found and whose values are in their columns' types, with constants folded away.
 * Its `shape` (everything but the values) is the key under which its SQL is kept.
 */

import { BackendError, type NativeFilter, type NonNullValue } from 'dci-gateway/plugin';
import { integerText } from '../native/coerce-value.ts';
import {
  type CompareOp,
  type Dialect,
  type Match,
  type Param,
  Slot,
  type StoredColumn,
  type Value,
} from './dialect.ts';
import type { ModelEdge, ModelEntity } from './model.ts';

export type BoundFilter =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly BoundFilter[] }
  | { readonly kind: 'not'; readonly of: BoundFilter }
  | BoundCompare
  | { readonly kind: 'in'; readonly column: StoredColumn; readonly values: readonly Value[] }
  | { readonly kind: 'present'; readonly column: StoredColumn }
  | { readonly kind: 'length'; readonly column: StoredColumn; readonly values: readonly Value[] }
  | { readonly kind: 'any'; readonly edge: ModelEdge; readonly filter: BoundFilter }
  | { readonly kind: 'first'; readonly edge: ModelEdge; readonly among: BoundFilter; readonly filter: BoundFilter };

export interface BoundCompare {
  readonly kind: 'compare';
  readonly column: StoredColumn;
  readonly op: CompareOp;
  readonly match: Match;
  readonly values: readonly Value[];
}

const one = (param: Param | undefined): readonly Param[] | undefined => (param === undefined ? undefined : [param]);

/** Where an integer lies that the column's type cannot hold: all its values are below it, or above. */
const beyondRange = (
  { type, range }: StoredColumn,
  op: CompareOp,
  value: NonNullValue,
): 'present' | 'none' | undefined => {
  if (type !== 'integer' || op === 'eq' || integerText(value, range ?? INT8) !== undefined) return undefined;
  const text = integerText(value, ANY_INTEGER);
  if (text === undefined) return undefined;
  return text.startsWith('-') === (op === 'gt' || op === 'ge') ? 'present' : 'none';
};

const INT8: readonly [bigint, bigint] = [-(2n ** 63n), 2n ** 63n - 1n];
const ANY_INTEGER: readonly [bigint, bigint] = [-(10n ** 39n), 10n ** 39n];

export interface TupleSlots {
  readonly values: readonly Value[];
  readonly many: boolean;
}

export const ALL: BoundFilter = { kind: 'all' };
export const NONE: BoundFilter = { kind: 'none' };

/** All of these, or some of these, without what decides nothing. */
export const combine = (kind: 'and' | 'or', parts: readonly BoundFilter[]): BoundFilter => {
  const [neutral, decisive] = kind === 'and' ? (['all', 'none'] as const) : (['none', 'all'] as const);
  const of: BoundFilter[] = [];
  for (const part of parts) {
    if (part.kind === decisive) return part;
    if (part.kind === kind) of.push(...(part as { of: readonly BoundFilter[] }).of);
    else if (part.kind !== neutral) of.push(part);
  }
  const [only] = of;
  if (only === undefined) return kind === 'and' ? ALL : NONE;
  return of.length === 1 ? only : { kind, of };
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is asked
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

export const columnOf = (entity: ModelEntity, name: string): StoredColumn => {
  const column = entity.columns.get(name);
  if (column === undefined) throw new BackendError('refused', `entity ${entity.name} has no column ${name}`);
  return column;
};

export const edgeOf = (entity: ModelEntity, name: string): ModelEdge => {
  const edge = entity.children.get(name);
  if (edge === undefined) throw new BackendError('refused', `entity ${entity.name} has no child ${name}`);
  return edge;
};

/** Binds the filters of one statement: collects its values in the order of their slots, and its shape. */
export class Binder {
  readonly values: Param[] = [];
  readonly #dialect: Dialect;
  #shape = '';

  constructor(dialect: Dialect, shape: string) {
    this.#dialect = dialect;
    this.#shape = shape;
  }

  get shape(): string {
    return this.#shape;
  }

  /** Marks a place in the shape, so that two filters of one statement do not run together. */
  mark(text: string): void {
    this.#shape += text;
  }

  slot(value: Param): Slot {
    return new Slot(this.values.push(value) - 1);
  }

  slots(values: readonly Param[]): readonly Slot[] {
    this.#shape += `:${values.length}`;
    return values.map((value) => this.slot(value));
  }

  /** Slots for rows of several columns each; the shape knows whether they are many. */
  tuples(columns: readonly StoredColumn[], rows: readonly (readonly Param[])[]): TupleSlots {
    const many = rows.length > 1;
    this.#shape += many ? 'm' : 's';
    return { values: this.slots(this.#dialect.tuples(columns, rows)), many };
  }

  filter(entity: ModelEntity, filter: NativeFilter): BoundFilter {
    switch (filter.kind) {
      case 'all':
        return this.#leaf('T', ALL);
      case 'none':
        return this.#leaf('F', NONE);
      case 'and':
      case 'or':
        return this.#list(entity, filter.kind, filter.of);
      case 'not':
        return this.#not(entity, filter.of);
      case 'present': {
        const column = columnOf(entity, filter.column);
        return this.#leaf(`p${column.index}`, { kind: 'present', column });
      }
      case 'compare':
        return this.#compare(columnOf(entity, filter.column), filter.op, filter.match ?? 'exact', filter.value);
      case 'in':
        return this.#in(columnOf(entity, filter.column), filter.values);
      case 'length':
        return this.#length(columnOf(entity, filter.column), filter.characters);
      case 'any': {
        const edge = edgeOf(entity, filter.child);
        this.#shape += `a${edge.index}(`;
        const inner = this.filter(edge.child, filter.filter);
        this.#shape += ')';
        return inner.kind === 'none' ? NONE : { kind: 'any', edge, filter: inner };
      }
      case 'first': {
        const edge = edgeOf(entity, filter.child);
        this.#shape += `f${edge.index}(`;
        const among = this.filter(edge.child, filter.among);
        this.#shape += '|';
        const inner = this.filter(edge.child, filter.filter);
        this.#shape += ')';
        if (among.kind === 'none' || inner.kind === 'none') return NONE;
        return { kind: 'first', edge, among, filter: inner };
      }
    }
  }

  #leaf(shape: string, bound: BoundFilter): BoundFilter {
    this.#shape += shape;
    return bound;
  }

  #list(entity: ModelEntity, kind: 'and' | 'or', of: readonly NativeFilter[]): BoundFilter {
    this.#shape += kind === 'and' ? '&(' : '|(';
    const parts = of.map((part) => {
      const bound = this.filter(entity, part);
      this.#shape += ',';
      return bound;
    });
    this.#shape += ')';
    return combine(kind, parts);
  }

  #not(entity: ModelEntity, of: NativeFilter): BoundFilter {
    this.#shape += '!(';
    const inner = this.filter(entity, of);
    this.#shape += ')';
    if (inner.kind === 'all') return NONE;
    return inner.kind === 'none' ? ALL : { kind: 'not', of: inner };
  }

  #compare(column: StoredColumn, op: CompareOp, match: 'exact' | 'lower', value: NonNullValue): BoundFilter {
    const isText = op === 'contains' || op === 'startswith';
    if (!column.searchable || (isText && column.type !== 'text'))
      throw new BackendError('refused', `column ${column.name} cannot be compared by ${op}`);
    if (isText && value === '') return this.#leaf(`p${column.index}`, { kind: 'present', column });
    const beyond = beyondRange(column, op, value);
    if (beyond === 'none') return this.#leaf('F', NONE);
    if (beyond === 'present') return this.#leaf(`p${column.index}`, { kind: 'present', column });
    const params = isText
      ? this.#dialect.pattern(op, column, String(value))
      : one(
          op !== 'eq' && column.type === 'text'
            ? this.#dialect.bound(column, String(value))
            : this.#dialect.coerce(column, value),
        );
    if (params === undefined) return this.#leaf('F', NONE);
    const folded: Match = match === 'lower' && !isAscii(String(value)) ? 'lower-wide' : match;
    this.#shape += `c${column.index}${op}${folded}`;
    const values = this.slots(params);
    return { kind: 'compare', column, op, match: folded, values };
  }

  #length(column: StoredColumn, characters: number): BoundFilter {
    if (column.type !== 'text') throw new BackendError('refused', `column ${column.name} has no length`);
    if (!Number.isSafeInteger(characters)) return this.#leaf('F', NONE);
    this.#shape += `l${column.index}`;
    return { kind: 'length', column, values: this.slots([characters]) };
  }

  #in(column: StoredColumn, values: readonly NonNullValue[]): BoundFilter {
    if (!column.searchable) throw new BackendError('refused', `column ${column.name} cannot be compared`);
    const params = values.map((value) => this.#dialect.coerce(column, value)).filter((param) => param !== undefined);
    const [only] = params;
    if (only === undefined) return this.#leaf('F', NONE);
    this.#shape += `i${column.index}`;
    if (params.length === 1) return { kind: 'compare', column, op: 'eq', match: 'exact', values: this.slots([only]) };
    const slots = this.slots(this.#dialect.list(column, params));
    this.#shape += ';';
    return { kind: 'in', column, values: slots };
  }
}
