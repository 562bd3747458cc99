/** PostgreSQL's words for change feeds. */

import { sql } from 'kysely';
import type { ChangeWords } from '../../relational/changes/change-tools.ts';

export const POSTGRES_CHANGE_WORDS: ChangeWords = {
  clock: sql`select extract(epoch from clock_timestamp())::text`,
  timesCompare: true,
  transactions: { type: 'xid8', below: sql`select pg_snapshot_xmin(pg_current_snapshot())::text` },
  /** Since version 17 there is a limit for whole transactions; `statement_timeout` of these connections is our own. */
  longestMs: async (session) => {
    const text = "select setting from pg_settings where name = 'transaction_timeout'";
    const [row] = await session.all({ sql: text, parameters: [] }, []);
    return row === undefined ? undefined : Number(row[0]);
  },
};
