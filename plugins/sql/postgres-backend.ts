/** A registry in PostgreSQL. */

import type { BackendPlugin, CallContext } from 'dci-gateway/plugin';
import type pg from 'pg';
import { sourceOf } from '../relational/build-model.ts';
import type { EntityConfig } from '../relational/entities.ts';
import { type EntityFacts, SourceError } from '../relational/introspection.ts';
import { createRelationalBackend } from '../relational/relational-backend.ts';
import { changeSetup } from './changes/change-setup.ts';
import { POSTGRES_CHANGE_WORDS } from './changes/postgres-words.ts';
import { codeOf, PostgresDatabase } from './postgres-database.ts';
import { createPostgresDialect } from './postgres-dialect.ts';
import { type Ask, postgresFacts } from './postgres-facts.ts';
import { firstScan } from './postgres-plan.ts';
import type { ServerOptions } from './server-options.ts';

export const createPostgresBackend = (options: ServerOptions): BackendPlugin => {
  const dialect = createPostgresDialect();
  const database = new PostgresDatabase(options);

  const facts = async (entity: EntityConfig, ctx: CallContext): Promise<EntityFacts> => {
    const kind = entity.select === undefined ? (entity.table === undefined ? 'view' : 'table') : 'select';
    const text = dialect.compile(sourceOf(entity, options.schema)).sql;
    return database.client(ctx, async (client) => {
      const ask: Ask = async (statement, params = []) => (await client.query(statement, [...params])).rows;
      return postgresFacts(await describeRows(client, text), { text, kind }, ask);
    });
  };

  return createRelationalBackend({
    entities: options.entities,
    schema: options.schema,
    dialect,
    database: options.wrap?.(database) ?? database,
    facts,
    changes: changeSetup(options, POSTGRES_CHANGE_WORDS),
    plan: (statement, params, ctx) =>
      database.client(ctx, async (client) => {
        await client.query('begin read only; set local enable_seqscan = off');
        try {
          const { rows } = await client.query(`explain (format json) ${statement.sql}`, [...params]);
          return firstScan(JSON.parse(String(rows[0]?.['QUERY PLAN'])));
        } finally {
          await client.query('rollback');
        }
      }),
    health: (ctx) =>
      database.client(ctx, async (client) => {
        await client.query('select 1');
      }),
  });
};

/** SQLSTATE classes of a source that is written wrongly or not there: undefined names, syntax, no permission. */
const WRONG_SOURCE = /^(42|0A)/;

const describeRows = async (client: pg.ClientBase, source: string) => {
  try {
    const { fields } = await client.query(`select * from ${source} s limit 0`);
    const doubled = fields.find(({ name }, index) => fields.findIndex((other) => other.name === name) !== index);
    if (doubled !== undefined) throw new SourceError(`selects two columns named ${doubled.name}`);
    return fields;
  } catch (error) {
    if (error instanceof Error && WRONG_SOURCE.test(codeOf(error)))
      throw new SourceError(`cannot be read: ${error.message}`);
    throw error;
  }
};
