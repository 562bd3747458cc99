/** A way to add rows to one table: one for each kind of database. */

import type { AcceptedItem, CallContext, ConfigProblem } from 'dci-gateway/plugin';
import type { WrittenRow } from './read-row.ts';

export interface WriterOptions {
  /** `schema.table` is allowed. */
  readonly table: string;
  readonly key: string;
  readonly columns: readonly string[];
  readonly timeoutMs: number;
}

export interface RowWriter {
  /**
   * Adds a row unless its key is there, durably before it resolves. A row that the database does not take (too long, no such
   * reference) is `refused`, without its words: they quote values. Throws `BackendError` when it cannot go on.
   */
  write(row: WrittenRow, ctx: CallContext): Promise<AcceptedItem>;
  /** What speaks against the table, below `accept`: columns that are not there, a key without a unique index. */
  check(ctx: CallContext): Promise<readonly ConfigProblem[]>;
  close(): Promise<void>;
}

export const REFUSED: AcceptedItem = {
  status: 'refused',
  problem: 'The registry does not take this item: a value does not fit.',
};

export const NO_UNIQUE_KEY: ConfigProblem = {
  path: ['accept', 'key'],
  problem: 'is a column without a unique index of its own',
  fix: 'create one: without it a message that comes again would be stored again',
};
