/** Households, persons and papers on each database, and connections that write to them while a feed reads. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { stringify } from 'yaml';
import sqlPlugin from '../../plugins/sql/index.ts';
import type { BackendPlugin } from '../../src/plugin.ts';
import { configFolder } from './config-folder.ts';
import { runCli } from './run-cli.ts';
import type { DatabaseServer } from './servers.ts';

export interface Writer {
  run(statement: string): Promise<void>;
  close(): Promise<void>;
}

export interface ChangeWorld extends AsyncDisposable {
  /** A plugin on the data, as a start makes it; what it keeps lies in one folder for all. */
  open(): Promise<BackendPlugin>;
  writer(): Promise<Writer>;
  /** SQL of the moment that a row is stamped with: to the microsecond, and to the second. */
  readonly now: string;
  readonly second: string;
  /** The `changes` section that the printed text names. */
  readonly printed: string;
  readonly stateFolder: string;
  /** SQL that lets transactions last 100 s at most, and that lifts it. */
  readonly limit?: readonly [set: string, reset: string];
  /** Transactions of several writers may be open at once. */
  readonly concurrent: boolean;
}

export const ENTITIES = {
  household: {
    table: 'household',
    key: 'hh_id',
    children: { members: { entity: 'person', on: { hh_id: 'hh_id' }, order: ['person_id'] } },
  },
  person: {
    table: 'person',
    key: 'person_id',
    live: { deleted: 0 },
    children: { papers: { entity: 'paper', on: { person_id: 'person_id' }, order: ['paper_id'] } },
  },
  paper: { table: 'paper', key: 'paper_id' },
} as const;

export const RECORDS = {
  Person: {
    entity: 'person',
    fields: {
      identifier: [
        { identifier_type: { const: 'urn:id' }, identifier_value: { from: 'national_id', need: true } },
        { each: 'papers', identifier_type: { const: 'urn:paper' }, identifier_value: { from: 'number', need: true } },
      ],
      name: { surname: 'surname' },
    },
  },
  Member: { entity: 'person', fields: { demographic_info: { record: 'Person', only: ['name'] } } },
  Group: {
    entity: 'household',
    fields: {
      group_identifier: [{ identifier_type: { const: 'urn:hh' }, identifier_value: { from: 'code', need: true } }],
      member_list: { each: 'members', record: 'Member' },
    },
  },
} as const;

const tables = (fine: string, coarse: string): readonly string[] => [
  `create table household (hh_id int not null primary key, code varchar(20), changed_at ${fine})`,
  `create table person (person_id int not null primary key, hh_id int, national_id varchar(20), surname varchar(40), deleted int not null default 0, changed_at ${fine})`,
  `create table paper (paper_id int not null primary key, person_id int, number varchar(20), changed_at ${coarse})`,
  'create index person_changed on person (changed_at)',
  'create index paper_changed on paper (changed_at)',
];

const ignore = () => undefined;

const create = (config: object, stateFolder: string): Promise<BackendPlugin> =>
  Promise.resolve(
    sqlPlugin.create(config as Parameters<typeof sqlPlugin.create>[0], {
      registry: 'test',
      baseFolder: stateFolder,
      stateFolder: join(stateFolder, 'state'),
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      progress: ignore,
    }),
  );

/** What `sql triggers` prints, and the section in it. */
const printTriggers = async (backend: object): Promise<{ readonly text: string; readonly section: string }> => {
  using folder = configFolder(
    stringify({
      store: { folder: './state' },
      registries: {
        social: { domain: 'social', mounts: ['/registry'], backend: { plugin: 'sql', ...backend }, records: RECORDS },
      },
    }),
  );
  const { out, err, status } = await runCli(['sql', 'triggers', '-c', folder.file]);
  if (status !== 0) throw new Error(`sql triggers failed: ${err}`);
  const section = out.slice(out.indexOf('-- changes:')).replaceAll(/^-- /gm, '');
  return { text: out, section };
};

interface Server {
  readonly backend: Readonly<Record<string, unknown>>;
  readonly now: string;
  readonly second: string;
  readonly concurrent: boolean;
  readonly limit?: readonly [set: string, reset: string];
  writer(): Promise<Writer>;
}

const openWorld = async (server: Server, folder: string, schema: readonly string[]): Promise<ChangeWorld> => {
  const backend = { ...server.backend, timeout: '4s', entities: ENTITIES };
  const owner = await server.writer();
  for (const statement of schema) await owner.run(statement);
  const { text, section } = await printTriggers(backend);
  await owner.run(text);
  await owner.close();
  const opened: BackendPlugin[] = [];
  return {
    ...server,
    stateFolder: join(folder, 'state'),
    printed: section,
    open: async () => {
      const plugin = await create(backend, folder);
      opened.push(plugin);
      return plugin;
    },
    [Symbol.asyncDispose]: async () => {
      for (const plugin of opened) await plugin.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const newFolder = () => mkdtempSync(join(tmpdir(), 'dci-changes-'));

export const postgresWorld = async (database: DatabaseServer): Promise<ChangeWorld> => {
  const url = await database.createDatabase();
  const writer = async (): Promise<Writer> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return { run: async (statement) => void (await client.query(statement)), close: () => client.end() };
  };
  // now() is when the transaction began: as far from its commit as can be.
  const server = { backend: { client: 'postgres', url }, now: 'now()', second: 'now()', concurrent: true, writer };
  return openWorld(server, newFolder(), tables('timestamptz', 'timestamptz(0)'));
};

export const mariadbWorld = async (database: DatabaseServer): Promise<ChangeWorld> => {
  const url = await database.createDatabase();
  const writer = async (): Promise<Writer> => {
    const connection = await createConnection({ uri: url, multipleStatements: true });
    return { run: async (statement) => void (await connection.query(statement)), close: () => connection.end() };
  };
  const limit = ['set global idle_transaction_timeout = 100', 'set global idle_transaction_timeout = 0'] as const;
  const server = {
    backend: { client: 'mariadb', url },
    limit,
    now: 'now(6)',
    second: 'now()',
    concurrent: true,
    writer,
  };
  return openWorld(server, newFolder(), tables('timestamp(6) null', 'timestamp null'));
};

export const sqliteWorld = async (): Promise<ChangeWorld> => {
  const folder = newFolder();
  const file = join(folder, 'registry.db');
  const first = new DatabaseSync(file);
  first.exec('pragma journal_mode = wal');
  first.close();
  const writer = async (): Promise<Writer> => {
    const database = new DatabaseSync(file, { timeout: 5_000 });
    return { run: async (statement) => database.exec(statement), close: async () => database.close() };
  };
  const now = "strftime('%Y-%m-%d %H:%M:%f', 'now')";
  const server = {
    backend: { client: 'sqlite', file, timezone: 'UTC' },
    now,
    second: "datetime('now')",
    concurrent: false,
    writer,
  };
  return openWorld(server, folder, tables('datetime', 'datetime'));
};
