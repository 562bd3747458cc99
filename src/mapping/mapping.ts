/**
 * What a mapping does for the rest of the gateway: DCI filters in, native queries out; native rows in, DCI records out.
 *
 * Two steps make one. `readMapping(source)` checks all that can be seen without the registry (at start, with file and
 * line) and answers an `UnboundMapping`; `bind(entities)` checks it against the registry as it is (at the first
 * connection) and answers the `Mapping` that works.
 */

import type { Problem } from '../config/source.ts';
import type { RecordModel } from '../dci/attribute.ts';
import type { Filter } from '../dci/filter.ts';
import type {
  ChangeProblem,
  ChangeSource,
  Entity,
  EntityKey,
  NativeChange,
  NativeRow,
  RegistryQuery,
} from '../plugin.ts';
import type { NamedPaths } from './named-paths.ts';
import type { Subject } from './subjects.ts';

export interface UnboundMapping {
  /** Record types it can render, for checks of rights at start. */
  readonly recordTypes: ReadonlySet<string>;
  /** What rights can name of each. */
  readonly paths: ReadonlyMap<string, NamedPaths>;
  /** What is worth a look, and keeps nothing from starting. */
  readonly remarks: readonly Problem[];
  /** Throws `ConfigError` with every problem found. */
  bind(entities: readonly Entity[]): Mapping;
}

export interface Mapping {
  readonly records: ReadonlyMap<string, RecordModel>;
  readonly locations: LocationSource | undefined;
  /** Record types whose rows have no key, by the entity they are of. */
  readonly keyless?: ReadonlyMap<string, string>;
  /** Record types that stand for a person, each with those that lie on its very row, itself among them. */
  readonly persons?: ReadonlyMap<string, ReadonlySet<string>>;
  /** True where an attribute finds areas within areas: searches then need `areas`. */
  readonly searchesAreas?: boolean;
  /** Compiles a search. Throws `ItemRejection` for what cannot be expressed: it never widens. */
  compile(search: MappedSearch): CompiledSearch;
  /** Reads rows by key, whether or not there is a `changes` section. */
  readonly byKey?: BoundChanges['byKey'];
  /** Present where the registry has a `changes` section. */
  readonly changes?: BoundChanges;
}

/** What narrows a reading by key, and what is asked beside the records. */
export interface WantedOfKeys {
  readonly filter?: Filter;
  readonly areas?: AreasBelow;
  readonly subjects?: ReadonlySet<string> | undefined;
  /** As of a search. */
  readonly projection?: readonly string[] | undefined;
}

/** The `changes` section, bound: what to poll, and how to read what it touches. */
export interface BoundChanges {
  /** Milliseconds between two polls. */
  readonly everyMs: number;
  /** Each is polled by itself, with its own cursor under its `id`. */
  readonly sources: readonly ChangeSource[];
  /** Record types of which changes are told at all: touched by a source, or pushed. */
  readonly recordTypes: ReadonlySet<string>;
  /** Record types whose keys may be pushed. */
  readonly pushed: ReadonlySet<string>;
  /** Names of events that sources give changes, or that pushes may bring: what may be subscribed to beside changes. */
  readonly events: ReadonlySet<string>;
  /** Columns of the key of a record type, in the order of its `EntityKey`. */
  keyColumns(recordType: string): readonly string[];
  /**
   * Reads these rows again, live or not, in one query. `wanted.filter` (already authorised) and the view's row filters narrow it.
   * At most `MAX_KEYS` keys. A key that finds no row is of a record that is gone, or hidden by them.
   */
  byKey(recordType: string, keys: readonly EntityKey[], view: View, wanted?: WantedOfKeys): KeyedSearch;
  /** The identifiers, and nothing else, of a record that is gone; undefined where `old` is no row of it or names none. */
  tombstone(recordType: string, old: NonNullable<NativeChange['old']>, view: View): Promise<DciRecord | undefined>;
  /** The identifiers alone of a row that is there (not live). */
  identifiers(recordType: string, row: NativeRow, view: View): Promise<DciRecord | undefined>;
  /** Throws `ConfigError` that gives each problem its place in the file; nothing when there is none. */
  refuse(problems: readonly ChangeProblem[]): void;
}

/** Most keys of one `byKey`. */
export const MAX_KEYS = 200;

export interface KeyedSearch extends CompiledSearch {
  /** The key of a row of this search. */
  keyOf(row: NativeRow): EntityKey;
}

/** What the caller sees of each record type, wherever one is nested: made from the partner's rights and the query's projection. */
export interface View {
  /** Undefined: this record type is not shown and not searched at all. */
  of(recordType: string): RecordView | undefined;
  /** Consent: rows that such a record lies on are let through only where they satisfy this, whether it is shown or not. */
  held?(recordType: string): Filter | undefined;
  /** Of record types whose consent was asked for elsewhere: rows with these keys alone are let through, shown or not. */
  readonly consented?: ReadonlyMap<string, readonly EntityKey[]>;
}

export interface RecordView {
  /** Whether the field at this dotted path is shown, or something below it is. */
  shows(path: string): boolean;
  /** Whether an identifier of this type is shown. True for the empty text where all are, those without a type too. */
  showsIdentifier(type: string): boolean;
  /** The types that are shown where not all are: identifiers whose types are not listed in the mapping are searched by them. */
  readonly identifierTypes?: readonly string[];
  /** Only records that satisfy this (the partner's row filters, consent), resolved against this record type. */
  readonly rows: Filter | undefined;
}

export interface MappedSearch {
  readonly recordType: string;
  /** Already authorised; row filters of `view` are added by `compile`, for the record and for nested ones. */
  readonly filter: Filter;
  readonly view: View;
  /** Projection of the query (dotted paths from the searched record), on top of the view. Undefined: all that the view shows. */
  readonly projection: readonly string[] | undefined;
  /** An area and all below it, for attributes that find areas within areas; absent: they are refused. Made by `areasBelow`. */
  readonly areas?: AreasBelow;
  /** Record types whose keys and identifiers are read beside, wherever one is nested: `subjectsOf` tells them. */
  readonly subjects?: ReadonlySet<string> | undefined;
  readonly sort: readonly SortKey[];
  readonly limit: number;
  readonly offset: number;
  readonly countCap: number;
}

/** The ids of an area and of all areas below it. */
export type AreasBelow = (id: string) => readonly string[];

export interface SortKey {
  /** Canonical path of a sortable attribute. */
  readonly path: string;
  readonly direction: 'asc' | 'desc';
  /** The name as the caller wrote it, for messages only. */
  readonly written?: string;
}

export type DciRecord = { readonly [field: string]: unknown };

export interface CompiledSearch {
  /** Undefined: nothing can satisfy the filter, no query is needed. */
  readonly query: RegistryQuery | undefined;
  /** Renders one row. A field with no value is absent. */
  render(row: NativeRow): DciRecord | Promise<DciRecord>;
  /** Whom the row's record is of; there where the search asked for it. */
  readonly subjectsOf?: (row: NativeRow) => readonly Subject[];
}

/** How `locations.json` is read: one search for all of them. */
export interface LocationSource {
  readonly query: RegistryQuery;
  render(row: NativeRow): LocationEntry;
}

export interface LocationEntry {
  readonly id: string;
  readonly name: string;
  readonly type: string | undefined;
  readonly parent: string | undefined;
}
