/** SQLite's words for change feeds. One transaction writes at a time, so numbers of a log are in the order of commits. */

import { sql } from 'kysely';
import type { ChangeWords } from './change-tools.ts';

export const SQLITE_CHANGE_WORDS: ChangeWords = {
  clock: sql`select strftime('%s', 'now')`,
  timesCompare: false,
};
