/** Change feeds in the plugin API; plugins import these types from `dci-gateway/plugin`. */

import type { NativeRow, NativeValue, Selection } from './plugin.ts';

/** Values of an entity's key, in the order of its `key` columns, as rows hold them. */
export type EntityKey = readonly NativeValue[];

/** `changed`: the source cannot tell which. */
export type ChangeKind = 'created' | 'updated' | 'deleted' | 'changed';

export interface TouchedRecord {
  readonly entity: string;
  readonly columns: readonly string[];
  /** The changed row is the record's own, although its entity has another name. */
  readonly own?: boolean;
}

interface AnyChangeSource {
  /** Names the source in cursors, files and messages; the same as long as the source means the same. */
  readonly id: string;
  /**
   * Record types that a changed row touches: the columns of the changed row (or of the log's row) that hold the key of
   * the touched row of `entity`, in the order of its key.
   */
  readonly touches: Readonly<Record<string, TouchedRecord>>;
  /** What a change of a row means whose columns have these values (null: is empty); other rows are changes all the same. */
  readonly event?: { readonly name: string; readonly where: Readonly<Record<string, readonly NativeValue[]>> };
}

/** Rows whose time column moved on. Rows that are not live are read too; rows that are gone are not found this way. */
export interface ColumnSource extends AnyChangeSource {
  readonly kind: 'columns';
  readonly entity: string;
  readonly column: string;
  /** Read again over so much time before the last position, longer than any transaction. */
  readonly overlapMs: number;
  /** Zone of a column that carries none. */
  readonly timezone: string;
  /** With `begin: 'all'`: rows without a time, which no change brought yet, are answered too. */
  readonly undated: boolean;
}

/** A table to which each change appends a row, by triggers or by the application. */
export interface LogSource extends AnyChangeSource {
  readonly kind: 'log';
  readonly table: string;
  /** An integer column that grows with each row. */
  readonly seq: string;
  readonly op?: { readonly column: string; readonly kinds: Readonly<Record<string, ChangeKind>> };
  /** The row of `entity` before the change: its column → the log's column. Old values are touched as well as new ones. */
  readonly old?: { readonly entity: string; readonly columns: Readonly<Record<string, string>> };
  /** How long a number that was passed over is waited for: longer than any transaction. */
  readonly overlapMs: number;
}

/** Rows compared with what they were at the last look. */
export interface SnapshotSource extends AnyChangeSource {
  readonly kind: 'snapshot';
  readonly entity: string;
  /** At most one look in so many milliseconds. */
  readonly everyMs: number;
  /** What is compared. */
  readonly select: Selection;
  /** Part of `select` that a plugin which holds a copy of the rows anyway answers as `old`: what identifies the record. */
  readonly keep: Selection;
}

/** Keys (and touched keys) compared with those of the last look: tells rows that are gone and rows that moved, nothing else. */
export interface SweepSource extends AnyChangeSource {
  readonly kind: 'sweep';
  readonly entity: string;
  readonly everyMs: number;
}

export type ChangeSource = ColumnSource | LogSource | SnapshotSource | SweepSource;

export interface ChangeRequest {
  readonly source: ChangeSource;
  /** What the page before answered, stored by the caller together with what it made of that page. Undefined at first. */
  readonly cursor: string | undefined;
  /** Where to start without a cursor: with what changes from now on, or with all rows there are (a log: all it still has). */
  readonly begin: 'now' | 'all';
  /** Most changes of a page. A page may have fewer, or none, and still not be the last. */
  readonly limit: number;
}

export interface NativeChange {
  /**
   * Record type → keys of the touched rows. Two where a row moved: the old parent and the new one. Read them again
   * (`deleted: 'with'`): a row that is not there or not live is deleted, one that was never seen is created, unless `kind` or `event`
   * says otherwise.
   */
  readonly touches: Readonly<Record<string, readonly EntityKey[]>>;
  /** What happened to the source's row, as far as the source knows. Of a touched parent it says nothing. */
  readonly kind: ChangeKind;
  /** The same when the same change is answered again, another for every other change of a touched row. At most 200 characters. */
  readonly version: string;
  /** The changed row of `entity` as it was, in part, where the source has it. */
  readonly old?: { readonly entity: string; readonly row: NativeRow };
  readonly event?: string;
}

export interface ChangePage {
  readonly changes: readonly NativeChange[];
  /** Opaque, at most 200,000 characters. */
  readonly cursor: string;
  /** There is more to read now; otherwise nothing comes before the next poll. */
  readonly more: boolean;
}

/** What does not let a source work on this registry. */
export interface ChangeProblem {
  /** The source's id. */
  readonly source: string;
  readonly problem: string;
  readonly fix?: string;
}
