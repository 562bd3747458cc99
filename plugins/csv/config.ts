/** The `backend` section of a csv registry, as it is written. README.md has the table of options. */
import type { EntityConfig } from '../relational/entities.ts';

export type ColumnKind = 'text' | 'integer' | 'number' | 'date' | 'datetime' | 'instant' | 'boolean';

export interface FileConfig {
  readonly file: string;
  /** Columns whose values together are unique and never empty. */
  readonly key?: string | readonly string[];
  readonly encoding?: string;
  readonly separator?: string;
  readonly quote?: string;
  /** Texts that stand for "no value". */
  readonly empty?: readonly string[];
  /** By column: `date`, `date dd/mm/yyyy`, … A column that is not named is text. */
  readonly types?: Readonly<Record<string, string>>;
  /** Columns that get an index of their own. */
  readonly index?: readonly string[];
  /** Columns of which a copy without case and accents is kept, called `{column}_folded`. */
  readonly fold?: readonly string[];
  /** Taken over without any row, although it had rows before. */
  readonly may_be_empty?: boolean;
}

export interface CsvConfig {
  /** Folder of the files, from the configuration's folder. */
  readonly folder?: string;
  readonly encoding?: string;
  readonly separator?: string;
  readonly quote?: string;
  readonly empty?: readonly string[];
  /** Beyond this many rows left out, a file is not taken over at all. */
  readonly max_bad_rows?: number;
  /** How often the files are looked at for a change: `10s`, `5m`, `never`. */
  readonly reload_every?: string;
  readonly files: Readonly<Record<string, FileConfig>>;
  readonly entities: Readonly<Record<string, CsvEntityConfig>>;
}

/** As in the sql plugin (without views); `keep` and `index` besides, and `key` may be left to the file. */
export interface CsvEntityConfig extends Omit<EntityConfig, 'key' | 'view'> {
  readonly key?: string | readonly string[];
  /** Store the SELECT's result when the files are loaded. */
  readonly keep?: boolean;
  /** Columns of a kept SELECT that get an index. */
  readonly index?: readonly string[];
}

/** One file with everything filled in: what a worker needs to load it. */
export interface FilePlan {
  readonly table: string;
  /** Absolute. */
  readonly path: string;
  /** For messages: as it stands in the configuration. */
  readonly shown: string;
  readonly encoding: string;
  readonly separator: string;
  /** Undefined: nothing is quoted. */
  readonly quote: string | undefined;
  readonly empty: readonly string[];
  readonly key: readonly string[];
  readonly types: Readonly<Record<string, string>>;
  readonly fold: readonly string[];
  /** Lists of columns; the key's index is made anyway. */
  readonly indexes: readonly (readonly string[])[];
}

/** A SELECT whose result is stored. */
export interface KeptPlan {
  readonly entity: string;
  readonly table: string;
  readonly select: string;
  readonly key: readonly string[];
  readonly indexes: readonly (readonly string[])[];
}

export interface LoadPlan {
  readonly files: readonly FilePlan[];
  readonly kept: readonly KeptPlan[];
  readonly maxBadRows: number;
  /** Tables whose file may lose all its rows. */
  readonly mayBeEmpty: readonly string[];
}

export const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;
