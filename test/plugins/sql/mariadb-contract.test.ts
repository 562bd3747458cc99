import { after } from 'node:test';
import { pluginSuite } from '../../contract/plugin.suite.ts';
import { startMariadb } from '../../support/servers.ts';
import { openServerWithInbox } from '../../support/sql-inbox.ts';
import { mariadbWorld } from '../../support/sql-worlds.ts';

const server = await startMariadb();
after(() => server?.[Symbol.asyncDispose]());

const world = mariadbWorld();
const open = () => openServerWithInbox('mariadb', server, world);
pluginSuite({ name: 'sql on MariaDB', open, filters: 80, skip: server === undefined });
