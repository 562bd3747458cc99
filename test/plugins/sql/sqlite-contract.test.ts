import { pluginSuite } from '../../contract/plugin.suite.ts';
import { openSqlite } from '../../support/sql-subjects.ts';
import { sqliteWorld } from '../../support/sql-worlds.ts';

const { schema, entities } = sqliteWorld();
pluginSuite({ name: 'sql on SQLite', open: () => openSqlite(schema, entities), filters: 250 });
