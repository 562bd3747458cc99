/** The configured entities joined with what the database says about their columns: what queries are compiled from. */

import type { Entity } from 'dci-gateway/plugin';
import type { BoundFilter } from './bound-filter.ts';
import type { Fragment, StoredColumn } from './dialect.ts';

export interface ModelEdge {
  readonly name: string;
  /** Unique in the model: statements for its rows are kept under it. */
  readonly id: string;
  /** Short and unique in its entity. */
  readonly index: number;
  readonly child: ModelEntity;
  readonly on: readonly { readonly ours: StoredColumn; readonly theirs: StoredColumn }[];
  readonly where: readonly BoundFilter[];
  readonly order: readonly { readonly column: StoredColumn; readonly direction: 'asc' | 'desc' }[];
  readonly max: number | undefined;
}

export interface ModelEntity {
  readonly name: string;
  readonly source: Fragment;
  /** A table: its rows can be read at once with the first page's keys. */
  readonly plainTable: boolean;
  readonly columns: ReadonlyMap<string, StoredColumn>;
  readonly key: readonly StoredColumn[];
  /** No two keys are equal under the database's own comparison, so it may sort by them as it likes. Known after the rows were asked. */
  nativeKey: boolean;
  /** `where` and `live`. */
  readonly base: readonly BoundFilter[];
  /** Filled after all entities exist, for they refer to each other. */
  readonly children: Map<string, ModelEdge>;
  readonly described: Entity;
}

export type Model = ReadonlyMap<string, ModelEntity>;
