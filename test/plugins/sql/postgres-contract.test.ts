import { after } from 'node:test';
import { pluginSuite } from '../../contract/plugin.suite.ts';
import { startPostgres } from '../../support/servers.ts';
import { openServerWithInbox } from '../../support/sql-inbox.ts';
import { postgresWorld } from '../../support/sql-worlds.ts';

const server = await startPostgres();
after(() => server?.[Symbol.asyncDispose]());

const world = postgresWorld();
const open = () => openServerWithInbox('postgres', server, world);
pluginSuite({ name: 'sql on PostgreSQL', open, filters: 80, skip: server === undefined });
