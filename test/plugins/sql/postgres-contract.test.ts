import { after } from 'node:test';
import { pluginSuite } from '../../contract/plugin.suite.ts';
import { startPostgres } from '../../support/servers.ts';
import { openServer } from '../../support/sql-subjects.ts';
import { postgresWorld } from '../../support/sql-worlds.ts';

const server = await startPostgres();
after(() => server?.[Symbol.asyncDispose]());

const { schema, entities } = postgresWorld();
const open = () => {
  if (server === undefined) throw new Error('there is no PostgreSQL');
  return openServer('postgres', server, schema, entities);
};
pluginSuite({ name: 'sql on PostgreSQL', open, filters: 200, skip: server === undefined });
