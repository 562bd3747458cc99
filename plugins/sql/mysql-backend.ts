/** A registry in MySQL or MariaDB. */

import type { BackendPlugin, CallContext } from 'dci-gateway/plugin';
import type { PoolConnection } from 'mysql2/promise';
import { sourceOf } from '../relational/build-model.ts';
import type { EntityConfig } from '../relational/entities.ts';
import { type EntityFacts, SourceError } from '../relational/introspection.ts';
import { createRelationalBackend } from '../relational/relational-backend.ts';
import { changeSetup } from './changes/change-setup.ts';
import { MYSQL_CHANGE_WORDS } from './changes/mysql-words.ts';
import { codeOf, MysqlDatabase } from './mysql-database.ts';
import { createMysqlDialect } from './mysql-dialect.ts';
import { type Ask, type FieldDescription, mysqlFacts } from './mysql-facts.ts';
import type { ServerOptions } from './server-options.ts';

export const createMysqlBackend = (options: ServerOptions): BackendPlugin => {
  const dialect = createMysqlDialect();
  const database = new MysqlDatabase(options);

  const facts = async (entity: EntityConfig, ctx: CallContext): Promise<EntityFacts> => {
    const kind = entity.select === undefined ? (entity.table === undefined ? 'view' : 'table') : 'select';
    const text = dialect.compile(sourceOf(entity, options.schema)).sql;
    return database.client(ctx, async (connection) => {
      const ask: Ask = async (statement, params = []) => {
        const [rows] = await connection.query({ sql: statement, rowsAsArray: false }, [...params]);
        return rows as unknown as readonly Record<string, unknown>[];
      };
      return mysqlFacts(await describeRows(connection, text), { text, kind }, ask);
    });
  };

  return createRelationalBackend({
    entities: options.entities,
    schema: options.schema,
    dialect,
    database: options.wrap?.(database) ?? database,
    facts,
    changes: changeSetup(options, MYSQL_CHANGE_WORDS),
    plan: (statement, params, ctx) =>
      database.client(ctx, async (connection) => {
        const values = params.map((each) => (typeof each === 'number' ? String(each) : each)) as (string | null)[];
        const [rows] = await connection.execute({ sql: `explain ${statement.sql}`, rowsAsArray: false }, values);
        const lines = rows as unknown as readonly { readonly table: string | null; readonly type: string | null }[];
        const scan = lines.find(
          ({ table, type }) => (type === 'ALL' || type === 'index') && !(table ?? '<').startsWith('<'),
        );
        return scan === undefined ? undefined : `${scan.type} on ${scan.table}`;
      }),
    health: (ctx) =>
      database.client(ctx, async (connection) => {
        await connection.query('select 1');
      }),
  });
};

/** A source that is written wrongly or not there. */
const WRONG_SOURCE =
  /^ER_(NO_SUCH_TABLE|BAD_FIELD|PARSE_ERROR|DUP_FIELDNAME|NON_UNIQ|TABLEACCESS_DENIED|VIEW_INVALID|SP_DOES_NOT_EXIST|FUNC_INEXISTENT|WRONG_|BAD_TABLE|COLUMNACCESS_DENIED|MIX_OF_GROUP|WRONG_FIELD)/;

const describeRows = async (connection: PoolConnection, source: string): Promise<readonly FieldDescription[]> => {
  try {
    const [, fields] = await connection.query(`select * from ${source} s limit 0`);
    const described = fields as unknown as readonly FieldDescription[];
    const doubled = described.find(({ name }, index) => described.findIndex((other) => other.name === name) !== index);
    if (doubled !== undefined) throw new SourceError(`selects two columns named ${doubled.name}`);
    return described;
  } catch (error) {
    if (error instanceof Error && WRONG_SOURCE.test(codeOf(error)))
      throw new SourceError(`cannot be read: ${error.message}`);
    throw error;
  }
};
