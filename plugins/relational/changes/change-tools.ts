/** What change feeds work with on a relational database. */

import type { CallContext } from 'dci-gateway/plugin';
import type { Database, Session } from '../database.ts';
import type { Fragment } from '../dialect.ts';
import type { ModelEntity } from '../model.ts';
import type { SearchTools } from '../search.ts';

/** What differs between databases, for change feeds. */
export interface ChangeWords {
  /** A SELECT of the database's clock: seconds since 1970. */
  readonly clock: Fragment;
  /** False where times are texts, whose order past the day is not sure: then nothing waits for the clock. */
  readonly timesCompare: boolean;
  /** Where the database tells which transactions are over: the type of a column that says who wrote a row, and a SELECT of the number below which all are. */
  readonly transactions?: { readonly type: string; readonly below: Fragment };
  /** Longest time in milliseconds that the server gives to others' transactions or statements; undefined: no limit known. */
  longestMs?(session: Session): Promise<number | undefined>;
}

export interface ChangeSetup {
  readonly words: ChangeWords;
  /** Folder for what snapshots and sweeps remember. */
  readonly stateFolder: string;
  /** Whether what identifies a row may be remembered beside its hash: where a copy of the rows lies in that folder anyway. */
  readonly keepsRows: boolean;
  /** Changes whenever the data does, where that is known without a look at it. */
  readonly mark?: string;
}

export interface ChangeTools extends ChangeSetup {
  readonly database: Database;
  readonly search: SearchTools;
  /** With rows that are not live; its children are live ones. */
  entity(name: string): ModelEntity;
  /** A table that is no entity. Throws `SourceError` where it cannot be read. */
  table(name: string, key: string, ctx: CallContext): Promise<ModelEntity>;
  /** Columns of the entity's `live`. */
  liveColumns(name: string): readonly string[];
  /** Own limit of a statement, in milliseconds. */
  readonly timeoutMs: number;
}
