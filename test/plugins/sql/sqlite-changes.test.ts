import { changesSuite } from '../../contract/changes.suite.ts';
import { sqliteWorld } from '../../support/change-worlds.ts';

changesSuite('sql on SQLite', sqliteWorld);
