import { after } from 'node:test';
import { changesSuite } from '../../contract/changes.suite.ts';
import { postgresWorld } from '../../support/change-worlds.ts';
import { startPostgres } from '../../support/servers.ts';

const server = await startPostgres();
after(() => server?.[Symbol.asyncDispose]());

const make = () => {
  if (server === undefined) throw new Error('there is no PostgreSQL');
  return postgresWorld(server);
};
changesSuite('sql on PostgreSQL', make, server === undefined);
