import { pluginSuite } from '../../contract/plugin.suite.ts';
import { openSqliteWithInbox } from '../../support/sql-inbox.ts';
import { sqliteWorld } from '../../support/sql-worlds.ts';

const world = sqliteWorld();
pluginSuite({ name: 'sql on SQLite', open: () => openSqliteWithInbox(world), filters: 120 });
