/** The profile bound to a server: which field holds each column, and how it can be asked for. */

import type { Column, Entity, NativeFilter } from 'dci-gateway/plugin';
import type { Condition } from './domain.ts';

/** How a field behaves in Odoo's domains and answers. */
export type FieldKind =
  | 'id'
  /** A many2one as the number of its row. */
  | 'link'
  | 'text'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'moment';

interface AnyColumn {
  readonly name: string;
  readonly described: Column;
}

export interface FieldColumn extends AnyColumn {
  readonly kind: FieldKind;
  readonly field: string;
}

/** Text of the row behind a many2one. */
export interface PartColumn extends AnyColumn {
  readonly kind: 'part';
  readonly field: string;
  readonly behind: FieldColumn;
  readonly model: string;
}

/** Whether a many2many leads to a row whose text is `value`. */
export interface FlagColumn extends AnyColumn {
  readonly kind: 'flag';
  readonly field: string;
  readonly behind: FieldColumn;
  readonly model: string;
  readonly value: string;
}

/** Number of live child rows. */
export interface CountColumn extends AnyColumn {
  readonly kind: 'count';
  readonly child: string;
}

/** Keys of the persons or groups that show the row: for change feeds alone, empty in rows. */
export interface KeysColumn extends AnyColumn {
  readonly kind: 'keys';
  readonly of: 'person' | 'group';
}

/** A field that this server does not have: always empty. */
export interface EmptyColumn extends AnyColumn {
  readonly kind: 'empty';
}

export type BoundColumn = FieldColumn | PartColumn | FlagColumn | CountColumn | KeysColumn | EmptyColumn;

export interface BoundEdge {
  readonly name: string;
  readonly entity: string;
  readonly ours: FieldColumn;
  readonly theirs: FieldColumn;
  readonly order: readonly { readonly column: BoundColumn; readonly descending: boolean }[];
}

export interface BoundEntity {
  readonly name: string;
  /** Undefined where the server has no such model: then there are no rows. */
  readonly model: string | undefined;
  readonly columns: ReadonlyMap<string, BoundColumn>;
  readonly edges: ReadonlyMap<string, BoundEdge>;
  readonly where: Condition;
  /** Columns with the registrants that a row is about. */
  readonly registrants: readonly BoundColumn[];
  /** What is asked of linked rows, besides `live`. */
  readonly liveLinks: Condition;
  live(now: string): NativeFilter;
  readonly described: Entity;
}

export type BoundModel = ReadonlyMap<string, BoundEntity>;
