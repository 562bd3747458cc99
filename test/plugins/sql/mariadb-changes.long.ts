import { after } from 'node:test';
import { changesSuite } from '../../contract/changes.suite.ts';
import { mariadbWorld } from '../../support/change-worlds.ts';
import { startMariadb } from '../../support/servers.ts';

const server = await startMariadb();
after(() => server?.[Symbol.asyncDispose]());

const make = () => {
  if (server === undefined) throw new Error('there is no MariaDB');
  return mariadbWorld(server);
};
changesSuite('sql on MariaDB', make, server === undefined);
