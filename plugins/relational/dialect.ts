/**
 * What differs between databases. Everything else (which queries a page takes, what a filter means) is written once
 * and uses these pieces. Fragments are kysely's raw builders: names are quoted and values become parameters there.
 */

import type { Column, ColumnType, NativeCompare, NativeValue, NonNullValue } from 'dci-gateway/plugin';
import type { RawBuilder } from 'kysely';

export type Fragment = RawBuilder<unknown>;

/** A value as the driver takes it. */
export type Param = string | number | bigint | Uint8Array | null | readonly (string | null)[];

/** Stands for the n-th value of a call in a statement that is compiled once for all values. */
export class Slot {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** A value known when the statement is made (from the configuration), or one that each call brings. */
export type Value = Slot | Param;

export interface StoredColumn extends Column {
  readonly type: ColumnType;
  /** Short and unique in its entity: part of the shape of a query. */
  readonly index: number;
  /** Type to cast parameters to, in the database's words. */
  readonly cast: string;
  /** The database's `=` on it finds more than the exact text: a folding collation, padding. */
  readonly folds: boolean;
  readonly charset?: string | undefined;
  readonly collation?: string | undefined;
  /** Of integers. */
  readonly range?: readonly [min: bigint, max: bigint] | undefined;
  /** Holds times as texts that do not sort as the times do: they are told, and neither searched nor sorted by. */
  readonly unordered?: true;
  /** How good an equality on it is as a way in: 3 unique, 2 indexed, 0 neither. */
  readonly access: 0 | 2 | 3;
}

export interface Ref {
  readonly fragment: Fragment;
  readonly column: StoredColumn;
}

export type CompareOp = NativeCompare['op'];

/** `lower-wide`: lowered, and the value holds more than ASCII. */
export type Match = 'exact' | 'lower' | 'lower-wide';

/** Where a condition on a child stands. */
export interface ChildPlace {
  /** How good a way in its parent has by itself (`StoredColumn.access`), and the child by this condition. */
  readonly own: number;
  readonly child: number;
  /** Whether it is ANDed to the outermost WHERE, or to that of an IN which is. */
  readonly outermost: boolean;
}

export interface Dialect {
  /** SQL and parameters (slots among them) of a fragment. */
  compile(fragment: Fragment): { readonly sql: string; readonly parameters: readonly unknown[] };
  /** The parameter for this value in the column's type; undefined: the type cannot hold it, nothing matches. */
  coerce(column: StoredColumn, value: NonNullValue): Param | undefined;
  /** A text to compare by `<` and `>`: also one that the column cannot hold has its place in the order. */
  bound(column: StoredColumn, text: string): Param | undefined;
  /** What a driver's value means. */
  read(column: StoredColumn, raw: unknown): NativeValue;
  /** Parameters that `contains` and `startswith` take for this text; undefined: no value of the column holds it. */
  pattern(op: 'contains' | 'startswith', column: StoredColumn, text: string): readonly Param[] | undefined;
  /** Three-valued on NULL; true exactly where the exact comparison is. */
  compare(ref: Ref, op: CompareOp, match: Match, values: readonly Value[]): Fragment;
  /** How many slots a list of this length takes, and what goes into them. */
  list(column: StoredColumn, values: readonly Param[]): readonly Param[];
  inList(ref: Ref, values: readonly Value[]): Fragment;
  /** Rows whose columns equal one of these tuples: what goes into the slots, and the condition. It may find more on folding columns. */
  tuples(columns: readonly StoredColumn[], rows: readonly (readonly Param[])[]): readonly Param[];
  inTuples(refs: readonly Ref[], values: readonly Value[], many: boolean): Fragment;
  /** Characters (code points) of a text. */
  length(ref: Ref): Fragment;
  /** Exact equality of two columns. */
  same(left: Ref, right: Ref): Fragment;
  /** What to select on each side so that `(ours) IN (SELECT theirs)` is exact and an index still serves. */
  pairs(ours: Ref, theirs: Ref): { readonly ours: readonly Fragment[]; readonly theirs: readonly Fragment[] };
  /** The column such that plain `=` (and grouping) on it is exact. */
  exact(ref: Ref): readonly Fragment[];
  /** Sorts by code point (`native`: as the database likes, so that an index serves); NULLs last. */
  order(ref: Ref, direction: 'asc' | 'desc', native: boolean): Fragment;
  /** The expression that `order` sorts by, for `<` between two rows. */
  sortable(ref: Ref, native: boolean): Fragment;
  /** A value in the form of `sortable`, to compare with it. */
  boundary(column: StoredColumn, native: boolean, value: Value): Fragment;
  /** Whether a positive child condition is better a list of parents than a correlated EXISTS. */
  childIn(place: ChildPlace): boolean;
  /** The first child row is found by ORDER BY and LIMIT 1, not by the absence of an earlier one. */
  readonly firstByLimit: boolean;
  /** Stops a query that is past its deadline, where the database has no means of its own. */
  readonly alive: Fragment | undefined;
  limit(limit: Value, offset: Value | undefined): Fragment;
}
