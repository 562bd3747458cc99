/** A mapping as it was read and checked, before it meets the registry's columns. */

import type { AttributeType } from '../dci/attribute.ts';
import type { Scalar } from '../dci/filter.ts';
import type { NativeValue } from '../plugin.ts';
import type { ChangesDefinition } from './changes/spec.ts';
import type { Expression } from './expression.ts';
import type { YamlPath } from './report.ts';
import type { TemplatePart } from './template.ts';

/** Column → values it may have; `null` among them: it may be missing. */
export type WhenSpec = ReadonlyMap<string, readonly NativeValue[]>;

export interface EdgeSpec {
  readonly kind: 'each' | 'first';
  readonly child: string;
}

interface Placed {
  readonly path: YamlPath;
  readonly edge: EdgeSpec | undefined;
  readonly when: WhenSpec;
}

export type SourceSpec =
  | { readonly kind: 'from'; readonly columns: readonly string[] }
  | { readonly kind: 'const'; readonly value: Scalar }
  | { readonly kind: 'template'; readonly parts: readonly TemplatePart[] }
  | { readonly kind: 'expr'; readonly columns: readonly string[]; readonly expression: Expression };

export interface LeafSpec extends Placed {
  readonly kind: 'leaf';
  readonly source: SourceSpec;
  /** Type of the DCI field, or `as`; undefined: the column decides. */
  readonly type: AttributeType | undefined;
  readonly format: string | undefined;
  /** Undefined: the default, the empty text. */
  readonly empty: readonly string[] | undefined;
  readonly codes: ReadonlyMap<string, Scalar> | undefined;
  /** `codes` are all of the standard's list: a column that has no room for some of them holds the others. */
  readonly allCodes: boolean;
  /** Value → its label, for partners that take labels, and as a name in queries. */
  readonly labels: ReadonlyMap<string, string> | undefined;
  readonly otherwise: Scalar | undefined;
  readonly missing: Scalar | undefined;
  /** Name of the standard's code list of this field. */
  readonly list: string | undefined;
  readonly need: boolean;
  readonly match: 'exact' | 'nocase' | 'fold';
  /** Column that holds the folded text; `lower`: the column itself, lowered. */
  readonly search: string | undefined;
  readonly selective: boolean;
  readonly split: string | undefined;
  readonly optional: boolean;
}

export interface ObjectSpec extends Placed {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, NodeSpec>;
}

/** A row rendered by another record's mapping. */
export interface RecordSpec extends Placed {
  readonly kind: 'record';
  readonly record: string;
  readonly only: readonly string[] | undefined;
}

export interface ListSpec {
  readonly kind: 'list';
  readonly path: YamlPath;
  readonly items: readonly NodeSpec[];
}

/** Takes over the definition of another record's field. */
export interface SameSpec {
  readonly kind: 'same';
  readonly path: YamlPath;
  readonly record: string;
  readonly field: string;
}

export type NodeSpec = LeafSpec | ObjectSpec | RecordSpec | ListSpec | SameSpec;

export type AttributeSpec =
  | { readonly kind: 'paths'; readonly path: YamlPath; readonly paths: readonly string[] }
  /** Areas: a code finds those below it too. */
  | { readonly kind: 'within'; readonly path: YamlPath; readonly target: string }
  | { readonly kind: 'alias'; readonly path: YamlPath; readonly target: string }
  | { readonly kind: 'node'; readonly path: YamlPath; readonly node: NodeSpec };

export interface RecordDefinition {
  readonly type: string;
  readonly path: YamlPath;
  readonly entity: string;
  readonly context: unknown;
  readonly typeName: string;
  readonly identifiers: string | undefined;
  readonly fields: ReadonlyMap<string, NodeSpec>;
  readonly attributes: ReadonlyMap<string, AttributeSpec>;
}

export interface LocationsDefinition {
  readonly path: YamlPath;
  readonly entity: string;
  readonly columns: { readonly id: string; readonly name: string; readonly type?: string; readonly parent?: string };
}

export interface MappingDefinition {
  readonly records: ReadonlyMap<string, RecordDefinition>;
  readonly locations: LocationsDefinition | undefined;
  readonly timezone: string;
  readonly changes: ChangesDefinition | undefined;
}
