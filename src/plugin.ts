/**
 * The public plugin API (`dci-gateway/plugin`): all that a backend plugin sees of the gateway, and all it may import.
 *
 * A plugin knows native names only: its entities, columns and child edges, as the `entities` of the registry's
 * YAML name them. The mapping turns DCI queries into the small filter tree below, and native rows into DCI records.
 */

import type { AcceptResult, IncomingData } from './plugin-accept.ts';
import type { ChangePage, ChangeProblem, ChangeRequest, ChangeSource } from './plugin-changes.ts';
import type { CallContext, PluginLog } from './plugin-context.ts';
import type { ConfigProblem } from './plugin-errors.ts';
import type { DciEnvironment, UpstreamOffer } from './plugin-upstream.ts';

/**
 * A value as it lies in the registry. Dates, times, decimals and integers beyond 2^53 are text, in the
 * database's own form (`1950-07-12`, `2022-05-05 00:00:00.123456`), never a JavaScript Date. Bit and boolean columns are booleans.
 */
export type NativeValue = string | number | boolean | null;

/** One row with the child rows that were asked for. */
export interface NativeRow {
  readonly columns: Readonly<Record<string, NativeValue>>;
  /** By the alias under which the selection asked for them. */
  readonly children: Readonly<Record<string, readonly NativeRow[]>>;
  /** Only where the query said `deleted: 'with'`: whether the row is live. */
  readonly live?: boolean;
}

/** What a column holds. `datetime` carries no zone, `instant` does; `other` cannot be compared. */
export type ColumnType =
  | 'text'
  | 'integer'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'instant'
  | 'other';

/** A column as `describe` found it. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** The database's own name of the type, for messages: `varchar(50)`. */
  readonly nativeType: string;
  /** All that an enum or set column can hold. */
  readonly values?: readonly string[];
  /** Longest text in characters, where the database says so. */
  readonly maxLength?: number;
  /** True where a date column may hold `0000-00-00` (MySQL without NO_ZERO_DATE, or such a default). */
  readonly zeroDates?: boolean;
  /** False where comparing or sorting by it is not possible (an Odoo field that is not stored, say). */
  readonly searchable: boolean;
  readonly sortable: boolean;
  /** What can be asked of it where that is less than the plugin's capabilities; equality always can. */
  readonly operators?: ReadonlySet<NativeCompare['op']>;
  /** False where `match: lower` would tell apart less than it says (an Odoo whose patterns leave out accents): it is not asked then. */
  readonly lowers?: boolean;
}

/** A child edge of an entity as configured: rows of `entity` whose `on` columns equal ours. */
export interface ChildEdge {
  readonly entity: string;
  /** Our column → the child's column. */
  readonly on: Readonly<Record<string, string>>;
  /** True when `order` and key of the child make a total order (a precondition of `first`). */
  readonly ordered: boolean;
  readonly max?: number;
}

/** An entity as `describe` found it. */
export interface Entity {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: ReadonlyMap<string, Column>;
  readonly children: ReadonlyMap<string, ChildEdge>;
}

/**
 * A condition on one entity. It is two-valued: each node is true or false for a row, never unknown, so `not` is
 * the exact complement. A NULL column makes every `compare` and `in` false.
 *
 * Values are compared in the column's own type. A value which that type cannot hold (`abc` for an integer, an
 * integer out of range, Cyrillic against latin1, text that is not the canonical text of a number) matches nothing
 * and is never a database error. Text compares exactly, code point by code point, without padding or folding,
 * whatever the column's collation; `<` and `>` on text order by code point too.
 */
export type NativeFilter =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and'; readonly of: readonly NativeFilter[] }
  | { readonly kind: 'or'; readonly of: readonly NativeFilter[] }
  | { readonly kind: 'not'; readonly of: NativeFilter }
  | NativeCompare
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly NonNullValue[] }
  /** The column is not NULL. */
  | { readonly kind: 'present'; readonly column: string }
  /** The value of this text column has exactly so many characters (code points, trailing blanks counted). */
  | { readonly kind: 'length'; readonly column: string; readonly characters: number }
  /** One live row of this child satisfies the whole filter. */
  | { readonly kind: 'any'; readonly child: string; readonly filter: NativeFilter }
  /** Of the live rows of this child that satisfy `among`, the first (by the edge's order, then key) satisfies `filter`. */
  | { readonly kind: 'first'; readonly child: string; readonly among: NativeFilter; readonly filter: NativeFilter };

/**
 * A value in a condition. For `date` columns `YYYY-MM-DD`; for `datetime` columns the local time `YYYY-MM-DD HH:MM:SS`;
 * for `instant` columns UTC, `YYYY-MM-DDTHH:MM:SSZ`; integers beyond 2^53 as text. Text against a number column is
 * canonical text (`12`, not `012`); a number against a text column is its canonical text.
 */
export type NonNullValue = string | number | boolean;

export interface NativeCompare {
  readonly kind: 'compare';
  readonly column: string;
  /** `contains` and `startswith` are on text columns only; `%` and `_` in the value are plain characters. */
  readonly op: 'eq' | 'lt' | 'le' | 'gt' | 'ge' | 'contains' | 'startswith';
  readonly value: NonNullValue;
  /** `lower`: compare lower(column); the value comes lowered. Default `exact`. */
  readonly match?: 'exact' | 'lower';
}

/** Which columns and child rows of an entity a search answers. */
export interface Selection {
  readonly columns: readonly string[];
  /** By alias; two aliases may lead over the same edge. */
  readonly children: Readonly<Record<string, ChildSelection>>;
}

export interface ChildSelection extends Selection {
  /** The edge's name in the entity's `children`. */
  readonly child: string;
  /** Only live rows that satisfy this. */
  readonly filter?: NativeFilter;
  /** Only the first (by the edge's order, then key) of the live rows that satisfy this, and it must satisfy `filter` as well. */
  readonly first?: NativeFilter;
}

export interface NativeOrder {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
}

export interface RegistryQuery {
  readonly entity: string;
  readonly filter: NativeFilter;
  readonly select: Selection;
  /** NULLs come last, in both directions; the plugin adds the key as tie-break. */
  readonly order: readonly NativeOrder[];
  /** Rows to answer, and rows to pass over first. */
  readonly limit: number;
  readonly offset: number;
  /** Counting stops here: `total` is at most this. */
  readonly countCap: number;
  /** `with`: rows that are not live are answered too, and each row says which it is. Children are live ones always. */
  readonly deleted?: 'with';
}

export interface SearchPage {
  /** In order, each with the children asked for, children in their edge's order (then key). */
  readonly rows: readonly NativeRow[];
  /** How many rows satisfy the filter, at most the query's `countCap`. */
  readonly total: number;
}

/** What a plugin can do; a query beyond it is refused before the plugin is called. */
export interface Capabilities {
  readonly compare: ReadonlySet<NativeCompare['op']>;
  readonly sort: boolean;
  /** Largest page. */
  readonly maxLimit: number;
  /** Whether `first` and `any` work, and how deep they nest. */
  readonly childDepth: number;
  readonly changes: 'none' | 'poll' | 'push';
}

/** One attribute or edge whose access path reads the whole table. */
export interface ScanWarning {
  readonly entity: string;
  readonly column: string;
  readonly plan: string;
}

export interface BackendPlugin {
  readonly capabilities: Capabilities;
  search(query: RegistryQuery, ctx: CallContext): Promise<SearchPage>;
  /** Whether it can answer this query exactly, where capabilities do not say enough: false refuses the search before it is made. */
  accepts?(query: RegistryQuery): boolean;
  /** The entities as they are, with types. Throws `BackendError('unavailable')` when the registry is down, `ConfigProblems` when an entity does not fit it. */
  describe(ctx: CallContext): Promise<readonly Entity[]>;
  /** Which of these conditions (an eq on each column of each entity) scan. */
  scans?(
    columns: readonly { readonly entity: string; readonly column: string }[],
    ctx: CallContext,
  ): Promise<readonly ScanWarning[]>;
  /**
   * The next page of one source. Never skips: whatever is committed, in whatever order, is answered at least once, though
   * perhaps twice (with the same `version`). The same cursor may be given again: after a crash, or when the caller
   * could not keep the page; a cursor once passed over by a later one may not. One call at a time for a source.
   */
  changes?(request: ChangeRequest, ctx: CallContext): Promise<ChangePage>;
  /** What speaks against these sources: tables and columns that are not there or of a wrong type, transactions that may last longer than the overlap. */
  checkChanges?(sources: readonly ChangeSource[], ctx: CallContext): Promise<readonly ChangeProblem[]>;
  /** Of a backend that speaks DCI. */
  readonly upstream?: UpstreamOffer;
  /**
   * Takes data in, durably before it resolves. Absent: this registry takes none, and callers are told so. Throws `BackendError`
   * when it cannot go on; what it stored until then is `known` when the message comes again.
   */
  accept?(message: IncomingData, ctx: CallContext): Promise<AcceptResult>;
  /** Resolves when the registry answers. */
  health(ctx: CallContext): Promise<void>;
  close(): Promise<void>;
}

export type * from './plugin-accept.ts';
export type * from './plugin-changes.ts';
export type * from './plugin-context.ts';
export * from './plugin-errors.ts';
export type * from './plugin-upstream.ts';

/** What the gateway lends a plugin when it makes it. */
export interface PluginEnvironment {
  /** The registry's id in the configuration. */
  readonly registry: string;
  /** Folder of the configuration file: relative paths are taken from here. */
  readonly baseFolder: string;
  /** Folder that belongs to this registry alone, mode 0700, for files the plugin keeps. Made on first use by the plugin. */
  readonly stateFolder: string;
  readonly log: PluginLog;
  /** Progress of long work, a line for a person: `persons.csv: 300,000 rows`. */
  readonly progress: (line: string) => void;
  /** For backends that speak DCI themselves. Absent where a plugin is made without a gateway around it. */
  readonly dci?: DciEnvironment;
}

/** The default export of a plugin's module. */
export interface PluginDefinition<Config = unknown> {
  readonly name: string;
  /** JSON Schema of the `backend` section (without `plugin`); unknown keys must be refused (`additionalProperties: false`). */
  readonly configSchema: object;
  /** Mistakes a schema cannot see, found without connecting. */
  check?(config: Config): readonly ConfigProblem[];
  /** Must not wait for the registry: a registry that is down leaves the gateway running and not ready. */
  create(config: Config, environment: PluginEnvironment): BackendPlugin | Promise<BackendPlugin>;
}

/** Names the type of a plugin's definition; the value comes back as it is. */
export const definePlugin = <Config>(definition: PluginDefinition<Config>): PluginDefinition<Config> => definition;
