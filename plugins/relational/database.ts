/** A way to run statements: what a driver gives to the code that is the same for all. */

import type { CallContext } from 'dci-gateway/plugin';
import { type Param, Slot } from './dialect.ts';

/** Compiled once for a shape of query; the slots among its parameters are filled by each call. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export type RawRow = readonly unknown[];

export interface Session {
  /** Rows as lists of the driver's values, in the order of the SELECT. */
  all(statement: Statement, values: readonly Param[]): Promise<readonly RawRow[]> | readonly RawRow[];
}

export interface Database {
  /**
   * Runs `work` on one connection. Ends with `BackendError`: `timeout` past the context's deadline, `unavailable`
   * when the database does not answer. `work` only reads: it may be run again on a fresh connection.
   */
  session<Result>(ctx: CallContext, work: (session: Session) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export const fillSlots = (statement: Statement, values: readonly Param[]): readonly Param[] =>
  statement.parameters.map((each) => (each instanceof Slot ? (values[each.index] ?? null) : (each as Param)));
