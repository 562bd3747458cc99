/** Sees the statements a backend runs, to count and to explain them. */

import { type Database, fillSlots } from '../../plugins/relational/database.ts';
import type { Param } from '../../plugins/relational/dialect.ts';

export interface SeenStatement {
  readonly sql: string;
  readonly params: readonly Param[];
}

export interface Watch {
  readonly seen: SeenStatement[];
  readonly wrap: (database: Database) => Database;
}

export const watchStatements = (): Watch => {
  const seen: SeenStatement[] = [];
  return {
    seen,
    wrap: (database) => ({
      close: () => database.close(),
      session: (ctx, work) =>
        database.session(ctx, (session) =>
          work({
            all: (statement, values) => {
              seen.push({ sql: statement.sql, params: fillSlots(statement, values) });
              return session.all(statement, values);
            },
          }),
        ),
    }),
  };
};
