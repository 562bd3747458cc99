/** The words of MySQL and MariaDB for change feeds. */

import { sql } from 'kysely';
import type { ChangeWords } from '../../relational/changes/change-tools.ts';

/** The server's limits, and how many milliseconds one of each is. */
const LIMITS: Readonly<Record<string, number>> = {
  max_statement_time: 1000,
  max_execution_time: 1,
  idle_transaction_timeout: 1000,
  idle_write_transaction_timeout: 1000,
};

export const MYSQL_CHANGE_WORDS: ChangeWords = {
  clock: sql`select unix_timestamp(sysdate())`,
  timesCompare: true,
  longestMs: async (session) => {
    const names = Object.keys(LIMITS).map((name) => `'${name}'`);
    const text = `show global variables where variable_name in (${names.join()})`;
    const rows = await session.all({ sql: text, parameters: [] }, []);
    return Math.max(0, ...rows.map(([name, value]) => Number(value) * (LIMITS[String(name)] ?? 0)));
  },
};
