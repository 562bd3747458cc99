import { after } from 'node:test';
import { pluginSuite } from '../../contract/plugin.suite.ts';
import { startMariadb } from '../../support/servers.ts';
import { openServer } from '../../support/sql-subjects.ts';
import { mariadbWorld } from '../../support/sql-worlds.ts';

const server = await startMariadb();
after(() => server?.[Symbol.asyncDispose]());

const { schema, entities } = mariadbWorld();
const open = () => {
  if (server === undefined) throw new Error('there is no MariaDB');
  return openServer('mariadb', server, schema, entities);
};
pluginSuite({ name: 'sql on MariaDB', open, filters: 200, skip: server === undefined });
