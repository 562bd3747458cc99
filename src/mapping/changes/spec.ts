/** The `changes` section as it was read and checked, before it meets the registry's columns. */

import type { ChangeKind } from '../../plugin.ts';
import type { YamlPath } from '../report.ts';
import type { WhenSpec } from '../spec.ts';

export interface ChangesDefinition {
  readonly path: YamlPath;
  readonly everyMs: number;
  readonly overlapMs: number;
  /** Zone of columns that carry none; undefined: nobody said. */
  readonly timezone: string | undefined;
  readonly sources: readonly SourceSpec[];
}

interface AnySourceSpec {
  readonly path: YamlPath;
  /** Record type → columns that hold its key. */
  readonly touches: ReadonlyMap<string, readonly string[]>;
  readonly event: string | undefined;
  readonly where: WhenSpec;
}

export type SourceSpec = AnySourceSpec &
  (
    | { readonly kind: 'columns'; readonly entity: string; readonly at: readonly string[] }
    | { readonly kind: 'snapshot'; readonly entity: string; readonly everyMs: number }
    | { readonly kind: 'sweep'; readonly entity: string; readonly everyMs: number }
    | {
        readonly kind: 'log';
        readonly table: string;
        readonly seq: string;
        readonly op: { readonly column: string; readonly kinds: Readonly<Record<string, ChangeKind>> } | undefined;
        readonly old: { readonly entity: string; readonly columns: Readonly<Record<string, string>> } | undefined;
      }
    | { readonly kind: 'push' }
  );
