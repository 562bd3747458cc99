/**
 * Whether the keys are what the configuration says: never NULL, never twice. A unique index answers for a table; else
 * the rows are asked, for a limited time.
 */

import { BackendError, type CallContext, type ConfigProblem } from 'dci-gateway/plugin';
import { sql } from 'kysely';
import { anyOf, Conditions, newAliases, ref } from './condition.ts';
import type { Database } from './database.ts';
import type { Dialect, Fragment } from './dialect.ts';
import type { EntityFacts } from './introspection.ts';
import type { Model, ModelEntity } from './model.ts';

const CHECK_MS = 20_000;

export const checkKeys = async (
  model: Model,
  facts: ReadonlyMap<string, EntityFacts>,
  dialect: Dialect,
  database: Database,
  ctx: CallContext,
): Promise<readonly ConfigProblem[]> => {
  const problems: ConfigProblem[] = [];
  const deadline = Math.min(ctx.deadline, performance.now() + CHECK_MS);
  for (const entity of model.values()) {
    const keyed = (facts.get(entity.name)?.unique ?? []).some((set) => set.every((name) => isKey(entity, name)));
    if (keyed) continue;
    try {
      const problem = await checkKey(entity, dialect, database, { ...ctx, deadline });
      if (problem !== undefined) problems.push({ path: ['entities', entity.name, 'key'], ...problem });
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== 'timeout' || ctx.signal.aborted) throw error;
      ctx.log.warn('could not check in time that keys are unique', { entity: entity.name });
    }
  }
  return problems;
};

const isKey = (entity: ModelEntity, name: string): boolean => entity.key.some((column) => column.name === name);

const checkKey = async (entity: ModelEntity, dialect: Dialect, database: Database, ctx: CallContext) => {
  const rows = new Conditions(dialect, newAliases()).where(entity, 'k', []);
  const columns = entity.key.map((column) => ref('k', column));
  const source = sql`${entity.source} ${sql.id('k')}`;
  const empty = anyOf(columns.map(({ fragment }) => sql`${fragment} is null`));
  const native = sql.join(columns.map(({ fragment }) => fragment));
  const exact = sql.join(columns.flatMap((column) => dialect.exact(column)));
  const one = sql`1 as ${sql.id('one')}`;
  const found = (fragment: Fragment) =>
    database.session(ctx, async (session) => (await session.all(dialect.compile(fragment), [])).length > 0);
  if (await found(sql`select ${one} from ${source} where ${rows} and ${empty} limit 1`))
    return {
      problem: 'is empty in some rows',
      fix: 'use a column that is never empty, or leave those rows out by where',
    };
  const doubled = (grouping: Fragment) =>
    found(sql`select ${one} from ${source} where ${rows} group by ${grouping} having count(*) > 1 limit 1`);
  if (!(await doubled(native))) {
    entity.nativeKey = true;
    return undefined;
  }
  if (entity.key.some((column) => column.folds) && !(await doubled(exact))) return undefined;
  return {
    problem: 'is the same in several rows',
    fix: 'add the column that tells them apart, or leave copies out by where',
  };
};
