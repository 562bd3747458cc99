import type { PluginLog } from 'dci-gateway/plugin';
import type { Database } from '../relational/database.ts';
import type { EntityConfigs } from '../relational/entities.ts';

/** What both database servers need. */
export interface ServerOptions {
  readonly url: string;
  readonly entities: EntityConfigs;
  /** Where tables without a schema of their own lie. */
  readonly schema: string | undefined;
  readonly timeoutMs: number;
  readonly connectMs: number;
  readonly connections: number;
  /** Where change feeds keep what they remember; undefined: there are none. */
  readonly stateFolder?: string;
  readonly log: PluginLog;
  readonly tls: { readonly rejectUnauthorized: boolean; readonly ca?: string } | undefined;
  /** Sees every statement, for tests that count them. */
  readonly wrap?: (database: Database) => Database;
}
