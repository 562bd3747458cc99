/** A backend plugin on a relational database, put together from a dialect, a connection and what the database says of itself. */

import {
  BackendError,
  type BackendPlugin,
  type CallContext,
  type Capabilities,
  ConfigProblems,
  type ScanWarning,
} from 'dci-gateway/plugin';
import { buildModel } from './build-model.ts';
import type { ChangeSetup } from './changes/change-tools.ts';
import { createChanges } from './changes/changes.ts';
import { openChangeTools, withDeleted } from './changes/open-changes.ts';
import { searchWithDeleted } from './changes/search-deleted.ts';
import { checkKeys } from './check-keys.ts';
import type { Database } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { EntityConfig, EntityConfigs } from './entities.ts';
import { findScans, type PlanReader } from './find-scans.ts';
import { type EntityFacts, SourceError } from './introspection.ts';
import { Keysets } from './keysets.ts';
import type { Model } from './model.ts';
import { type SearchTools, search } from './search.ts';
import { StatementCache } from './statement-cache.ts';

export interface RelationalParts {
  readonly entities: EntityConfigs;
  readonly dialect: Dialect;
  readonly database: Database;
  /** Where tables without a schema of their own lie. */
  readonly schema?: string | undefined;
  /** Throws `SourceError` when the entity's source cannot be read. */
  facts(entity: EntityConfig, ctx: CallContext): Promise<EntityFacts>;
  readonly plan: PlanReader;
  health(ctx: CallContext): Promise<void>;
  /** What change feeds need, where there are to be some; `timeoutMs` is the longest a statement may run. */
  readonly changes?: (ChangeSetup & { readonly timeoutMs: number }) | undefined;
}

const CAPABILITIES: Capabilities = {
  compare: new Set(['eq', 'lt', 'le', 'gt', 'ge', 'contains', 'startswith']),
  sort: true,
  maxLimit: 100_000, // its own memory is no bound: limits.max_page_size is
  childDepth: 8,
  changes: 'none',
};

interface Ready {
  readonly model: Model;
  /** The same with rows that are not live. */
  readonly all: Model;
  readonly feeds: ReturnType<typeof createChanges> | undefined;
  readonly tools: SearchTools;
}

export const createRelationalBackend = (parts: RelationalParts): BackendPlugin => {
  const { dialect, database } = parts;
  let ready: Ready | undefined;

  const describe = async (ctx: CallContext): Promise<Ready> => {
    const { facts, problems } = await readFacts(parts, ctx);
    const built = buildModel(parts.entities, facts, dialect, parts.schema);
    const seen = [...problems, ...built.problems];
    if (seen.length === 0) seen.push(...(await checkKeys(built.model, facts, dialect, database, ctx)));
    if (seen.length > 0) throw new ConfigProblems(seen);
    const all = withDeleted(parts.entities, built.model, facts, dialect, parts.schema);
    const tools = { dialect, statements: new StatementCache(dialect), keysets: new Keysets(dialect) };
    const setup = parts.changes;
    const feeds = setup && createChanges(openChangeTools({ ...parts, setup }, all, tools));
    ready = { model: built.model, all, feeds, tools };
    return ready;
  };
  const entityOf = async (name: string, ctx: CallContext) => {
    const { model, all, tools } = ready ?? (await describe(ctx));
    const [entity, withGone] = [model.get(name), all.get(name)];
    if (entity === undefined || withGone === undefined) throw new BackendError('refused', `there is no entity ${name}`);
    return { entity, withGone, tools };
  };

  const feedsOf = async (ctx: CallContext) => {
    const { feeds } = ready ?? (await describe(ctx));
    if (feeds === undefined) throw new BackendError('refused', 'this backend tells no changes');
    return feeds;
  };

  return {
    capabilities: parts.changes === undefined ? CAPABILITIES : { ...CAPABILITIES, changes: 'poll' },
    async search(query, ctx) {
      const { entity, withGone, tools } = await entityOf(query.entity, ctx);
      return database.session(ctx, (session) =>
        query.deleted === 'with'
          ? searchWithDeleted(tools, { all: withGone, live: entity }, query, session)
          : search(tools, entity, query, session),
      );
    },
    async describe(ctx) {
      const { model } = await describe(ctx);
      return [...model.values()].map(({ described }) => described);
    },
    async scans(columns, ctx): Promise<readonly ScanWarning[]> {
      const { model } = ready ?? (await describe(ctx));
      return findScans(model, columns, dialect, parts.plan, ctx);
    },
    changes: async (request, ctx) => (await feedsOf(ctx)).changes(request, ctx),
    checkChanges: async (sources, ctx) => (await feedsOf(ctx)).checkChanges(sources, ctx),
    health: (ctx) => parts.health(ctx),
    close: () => database.close(),
  };
};

const readFacts = async (parts: RelationalParts, ctx: CallContext) => {
  const facts = new Map<string, EntityFacts>();
  const problems = [];
  for (const [name, config] of Object.entries(parts.entities)) {
    try {
      facts.set(name, await parts.facts(config, ctx));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      const source = config.table === undefined ? (config.view === undefined ? 'select' : 'view') : 'table';
      problems.push({ path: ['entities', name, source], problem: error.message });
    }
  }
  return { facts, problems };
};
