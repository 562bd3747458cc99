/** How the plugin lives with a database server: deadlines, read-only sessions, lost connections, outages, few connections. */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { BackendError, type BackendPlugin, type RegistryQuery } from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { type DatabaseServer, startMariadb, startPostgres } from '../../support/servers.ts';
import { createSqlPlugin } from '../../support/sql-subjects.ts';

const [mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()]);
after(async () => {
  await mariadb?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

interface Words {
  readonly client: 'postgres' | 'mariadb';
  readonly server: DatabaseServer | undefined;
  readonly schema: readonly string[];
  readonly slow: string;
  readonly writing: string;
  /** One number. */
  ask(url: string, text: string): Promise<number>;
  readonly running: string;
  readonly connections: string;
  readonly kill: string;
  /** Writes to disk what the test server, made for speed, would lose in a crash. */
  readonly flush: string;
}

const TABLE = [
  'create table person (id int primary key, name varchar(50))',
  "insert into person values (1, 'Ann'), (2, 'Bo'), (3, 'Cy')",
];

const askPostgres = async (url: string, text: string): Promise<number> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: string }>(text);
    return Number(rows[0]?.n);
  } finally {
    await client.end();
  }
};

const askMariadb = async (url: string, text: string): Promise<number> => {
  const connection = await mysql.createConnection(url);
  try {
    const [rows] = await connection.query(text);
    const ids = rows as unknown as readonly { n: number }[];
    if (text.includes('as victim')) for (const { n } of ids) await connection.query(`kill ${n}`);
    return Number(ids[0]?.n ?? 0);
  } finally {
    connection.destroy();
  }
};

const WORDS: readonly Words[] = [
  {
    client: 'postgres',
    server: postgres,
    schema: [
      ...TABLE,
      'create function add_row() returns int language sql as $$ insert into person values (99) returning id $$',
    ],
    slow: 'select id, name from person, (select pg_sleep(20)) s',
    writing: 'select add_row() as id',
    ask: askPostgres,
    running:
      "select count(*) as n from pg_stat_activity where state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()",
    connections: "select count(*) as n from pg_stat_activity where application_name = 'dci-gateway'",
    flush: 'checkpoint',
    kill: "select count(pg_terminate_backend(pid)) as n from pg_stat_activity where application_name = 'dci-gateway'",
  },
  {
    client: 'mariadb',
    server: mariadb,
    schema: [
      ...TABLE,
      'create function add_row() returns int modifies sql data begin insert into person values (99, null); return 99; end',
    ],
    slow: 'select p.id, p.name from person p where sleep(7) = 0',
    writing: 'select add_row() as id',
    ask: askMariadb,
    running:
      "select count(*) as n from information_schema.processlist where info like '%sleep(7)%' and id <> connection_id()",
    connections:
      'select count(*) as n from information_schema.processlist where db = database() and id <> connection_id()',
    flush: 'set global innodb_flush_log_at_trx_commit = 1',
    kill: "select id as n, 'x' as victim from information_schema.processlist where db = database() and id <> connection_id()",
  },
];

const query = (entity: string): RegistryQuery => ({
  entity,
  filter: { kind: 'all' },
  select: { columns: ['id'], children: {} },
  order: [],
  limit: 10,
  offset: 0,
  countCap: 100,
});

const kindOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'answered';
  } catch (error) {
    assert.ok(error instanceof BackendError, String(error));
    assert.equal(error.cause, undefined);
    return error.kind;
  }
};

for (const { client, server, schema, slow, writing, ask, running, connections, kill, flush } of WORDS) {
  describe(`the sql plugin on ${client}`, { skip: server === undefined }, () => {
    const open = async (entities: object, further: object = {}) => {
      assert.ok(server);
      const url = await server.createDatabase(schema);
      const plugin = await createSqlPlugin({ client, url, entities, ...further });
      return { url, plugin, [Symbol.asyncDispose]: () => plugin.close() };
    };
    const person = { table: 'person', key: 'id' };
    const ids = async (plugin: BackendPlugin, entity = 'person') =>
      (await plugin.search(query(entity), callContext())).rows.map(({ columns }) => columns.id);

    test('a search that takes too long ends at its deadline, on the server too', async () => {
      await using it = await open({ person, late: { view: 'late', key: 'id' } });
      // Described while it is quick: the key check would wait as well.
      assert.ok(server);
      await it.plugin.close();
      await ask(it.url, 'create view late as select id, name from person');
      const plugin = await createSqlPlugin({
        client,
        url: it.url,
        entities: { person, late: { view: 'late', key: 'id' } },
      });
      await plugin.describe(callContext());
      await ask(it.url, `create or replace view late as ${slow}`);
      const started = performance.now();
      const ctx = callContext(400);
      assert.equal(await kindOf(plugin.search(query('late'), ctx)), 'timeout');
      assert.ok(performance.now() - started < 2000);
      for (let tries = 0; tries < 40 && (await ask(it.url, running)) > 0; tries += 1) await sleep(50);
      assert.equal(await ask(it.url, running), 0);
      assert.deepEqual(await ids(plugin), [1, 2, 3]);
      await plugin.close();
    });

    test('the configured timeout holds where the caller would wait longer', async () => {
      await using it = await open({ late: { select: slow, key: 'id' } }, { timeout: '300ms' });
      const started = performance.now();
      assert.equal(await kindOf(it.plugin.search(query('late'), callContext(20_000))), 'timeout');
      assert.ok(performance.now() - started < 5000);
    });

    test('a SELECT that writes is stopped by the server, and nothing is written', async () => {
      await using it = await open({ person, writer: { select: writing, key: 'id' } });
      await assert.rejects(it.plugin.describe(callContext()));
      assert.equal(await ask(it.url, 'select count(*) as n from person'), 3);
    });

    test('a connection that was cut is replaced without a failed search', async () => {
      await using it = await open({ person });
      assert.deepEqual(await ids(it.plugin), [1, 2, 3]);
      await ask(it.url, kill);
      assert.deepEqual(await ids(it.plugin), [1, 2, 3]);
    });

    test('many searches at once share the few connections there may be', async () => {
      await using it = await open({ person }, { pool: { max: 2 } });
      const answers = await Promise.all(Array.from({ length: 12 }, () => ids(it.plugin)));
      for (const answer of answers) assert.deepEqual(answer, [1, 2, 3]);
      assert.ok((await ask(it.url, connections)) <= 2);
    });

    test('a server that is gone is unavailable at once, and found again when it is back', async () => {
      assert.ok(server);
      await ask(server.url, flush);
      await using it = await open({ person });
      assert.deepEqual(await ids(it.plugin), [1, 2, 3]);
      await ask(it.url, flush);
      await server.stop();
      const started = performance.now();
      assert.equal(await kindOf(it.plugin.search(query('person'), callContext())), 'unavailable');
      assert.equal(await kindOf(it.plugin.health(callContext())), 'unavailable');
      assert.ok(performance.now() - started < 3000);
      await server.restart();
      assert.deepEqual(await ids(it.plugin), [1, 2, 3]);
      await it.plugin.health(callContext());
    });

    test('a wrong password, a missing database and a dead address are unavailable, not a fault', async () => {
      assert.ok(server);
      const { port } = server;
      const scheme = client === 'postgres' ? 'postgres' : 'mysql';
      for (const url of [`${scheme}://nobody:wrong@127.0.0.1:${port}/nowhere`, `${scheme}://root@127.0.0.1:1/x`]) {
        const plugin = await createSqlPlugin({ client, url, entities: { person } });
        assert.equal(await kindOf(plugin.describe(callContext())), 'unavailable');
        await plugin.close();
      }
    });
  });
}

test('options in the address of PostgreSQL stand beside the settings of the gateway, not in their place', async (t) => {
  if (postgres === undefined) return t.skip();
  const url = await postgres.createDatabase(['create schema civil', 'create table civil.person (id int primary key)']);
  const options = '-c search_path=civil -c default_transaction_read_only=off -c TimeZone=Africa/Nairobi';
  const select = `select 1 as id, current_setting('TimeZone') as zone, current_setting('default_transaction_read_only') as read_only,
    (select count(*) from person) as found`;
  const plugin = await createSqlPlugin({
    client: 'postgres',
    url: `${url}?${new URLSearchParams({ options }).toString()}`,
    entities: { session: { select, key: 'id' } },
  });
  try {
    await plugin.describe(callContext());
    const columns = ['zone', 'read_only', 'found'];
    const { rows } = await plugin.search({ ...query('session'), select: { columns, children: {} } }, callContext());
    assert.deepEqual(Object.values(rows[0]?.columns ?? {}), ['UTC', 'on', 0]);
  } finally {
    await plugin.close();
  }
});

test('a server without TLS is told from one that is away', async (t) => {
  if (postgres === undefined) return t.skip();
  const plugin = await createSqlPlugin({
    ...{ client: 'postgres', url: postgres.url, ssl: {} },
    entities: { one: { select: 'select 1 as id', key: 'id' } },
  });
  await assert.rejects(plugin.health(callContext()), {
    kind: 'unavailable',
    message: 'PostgreSQL does not answer (it speaks no TLS)',
  });
  await plugin.close();
});
