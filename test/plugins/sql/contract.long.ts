import { after } from 'node:test';
import { pluginSuite } from '../../contract/plugin.suite.ts';
import { startMariadb, startPostgres } from '../../support/servers.ts';
import { openServer, openSqlite } from '../../support/sql-subjects.ts';
import { mariadbWorld, postgresWorld, sqliteWorld } from '../../support/sql-worlds.ts';

/** On each of four entities, and a quarter as many whole queries. */
const FILTERS = 4000;

const [mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()]);
after(async () => {
  await mariadb?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

const worlds = { sqlite: sqliteWorld(), mariadb: mariadbWorld(), postgres: postgresWorld() };
pluginSuite({
  name: 'sql on SQLite, at length',
  open: () => openSqlite(worlds.sqlite.schema, worlds.sqlite.entities),
  filters: FILTERS,
});
for (const [client, server] of [
  ['mariadb', mariadb],
  ['postgres', postgres],
] as const) {
  const open = () => {
    if (server === undefined) throw new Error(`there is no ${client}`);
    return openServer(client, server, worlds[client].schema, worlds[client].entities);
  };
  pluginSuite({ name: `sql on ${client}, at length`, open, filters: FILTERS, skip: server === undefined });
}
