/** A record type as it lies on the registry's rows: the mapping with nested records unfolded and values bound. */

import type { NativeFilter } from '../plugin.ts';
import type { Cells, Leaf } from './leaf.ts';

/** `when` on a row. */
export interface Guard {
  readonly filter: NativeFilter;
  readonly columns: readonly string[];
  holds(cells: Cells): boolean;
}

/** Over a child edge: many rows, or the first that fits the guard. */
export interface Edge {
  readonly kind: 'each' | 'first';
  readonly child: string;
  /** Under which the selection asks for the rows; unique in its record. */
  readonly alias: string;
}

interface Placed {
  readonly edge: Edge | undefined;
  /** Of the child row where there is an edge. */
  readonly guard: Guard;
  /** Values without which this node falls away, as a condition on its row. */
  readonly needs: NativeFilter;
}

export interface LeafNode extends Placed {
  readonly kind: 'leaf';
  readonly leaf: Leaf;
}

export interface ObjectNode extends Placed {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, TreeNode>;
  /** An identifier: it falls away where its type is not shown. */
  readonly identifier: boolean;
  /** Where a record begins: its type, and the attributes that are not rendered. */
  readonly record: RecordMark | undefined;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly (LeafNode | ObjectNode)[];
}

/** An attribute of areas: the value at the path, or an area above it. */
export interface WithinNode {
  readonly kind: 'within';
  readonly path: readonly string[];
}

/** An attribute that looks in several places. */
export interface PathsNode {
  readonly kind: 'paths';
  readonly paths: readonly (readonly string[])[];
}

export type TreeNode = LeafNode | ObjectNode | ListNode;

export type ExtraNode = TreeNode | PathsNode | WithinNode;

export interface RecordMark {
  readonly type: string;
  /** Of its entity. */
  readonly key: readonly string[];
  readonly context: unknown;
  readonly typeName: string;
  /** By name; searched, never rendered. */
  readonly extras: ReadonlyMap<string, ExtraNode>;
  /** Other names: dotted path → dotted path. */
  readonly aliases: ReadonlyMap<string, string>;
}

export interface RecordTree {
  readonly type: string;
  readonly entity: string;
  readonly identifiers: string | undefined;
  readonly root: ObjectNode & { readonly record: RecordMark };
}
