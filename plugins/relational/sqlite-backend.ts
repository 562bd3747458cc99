/** A registry in a SQLite file. */

import type { BackendPlugin } from 'dci-gateway/plugin';
import type { ChangeSetup } from './changes/change-tools.ts';
import { SQLITE_CHANGE_WORDS } from './changes/sqlite-words.ts';
import type { Database } from './database.ts';
import type { EntityConfigs } from './entities.ts';
import { createRelationalBackend } from './relational-backend.ts';
import { SqliteDatabase, scans } from './sqlite-database.ts';
import { createSqliteDialect } from './sqlite-dialect.ts';
import { sqliteFacts } from './sqlite-facts.ts';

export interface SqliteBackendOptions {
  /** Absolute path. It is opened when it is first needed, read-only. */
  readonly file: string;
  /** Already checked (`checkEntities`). */
  readonly entities: EntityConfigs;
  /** Longest a search may take, whatever its caller allows. Default 10 s. */
  readonly timeoutMs?: number;
  /** Threads for searches that scan. Default 2. */
  readonly threads?: number;
  /** What change feeds remember, and where. */
  readonly changes?: Omit<ChangeSetup, 'words'>;
  /** Sees every statement, for tests that count them. */
  readonly wrap?: (database: Database) => Database;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_THREADS = 2;

export const createSqliteBackend = (options: SqliteBackendOptions): BackendPlugin => {
  const { file, entities, timeoutMs = DEFAULT_TIMEOUT_MS, threads = DEFAULT_THREADS } = options;
  const sqlite = new SqliteDatabase(file, threads, timeoutMs);
  return createRelationalBackend({
    entities,
    dialect: createSqliteDialect(),
    database: options.wrap?.(sqlite) ?? sqlite,
    facts: async (entity) => sqliteFacts(sqlite.open(), entity),
    changes: options.changes && { ...options.changes, words: SQLITE_CHANGE_WORDS, timeoutMs },
    plan: async (statement) => sqlite.open().plan(statement.sql).find(scans),
    health: async () => {
      sqlite.open().pragma('select 1');
    },
  });
};
