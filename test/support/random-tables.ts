/** The small registry of `random-mappings.ts` as tables of a real database, which each random registry fills anew. */

import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import type { BackendPlugin, Column, ColumnType, Entity, NativeValue } from '../../src/plugin.ts';
import { callContext } from '../contract/plugin.suite.ts';
import type { MemoryRegistry } from './memory-plugin.ts';
import { RANDOM_EDGES, RANDOM_ENTITIES } from './random-mappings.ts';
import type { DatabaseServer } from './servers.ts';
import { openServer, openSqlite, type Subject } from './sql-subjects.ts';

export interface RandomTables {
  readonly plugin: BackendPlugin;
  readonly entities: readonly Entity[];
  /** These rows, and no others. */
  fill(rows: MemoryRegistry['rows']): Promise<void>;
  close(): Promise<void>;
}

type Cell = string | number | null;

interface Writer {
  /** Runs the text, which writes `?` for each cell. */
  run(text: string, cells: readonly Cell[]): Promise<void>;
  close(): Promise<void>;
}

interface Words {
  readonly types: Readonly<Record<Exclude<ColumnType, 'other'>, string>>;
  readonly quote: string;
  /** An instant `1990-03-25T01:59:59Z` as it is written here; null where the type has no such instant. */
  readonly instant: (text: string) => string | null;
}

const blank = (text: string): string => text.replace('T', ' ').replace('Z', '');

const WORDS: Readonly<Record<'sqlite' | 'postgres' | 'mariadb', Words>> = {
  sqlite: {
    types: {
      ...{ text: 'text', integer: 'bigint', decimal: 'decimal(9, 2)', float: 'real', boolean: 'boolean' },
      ...{ date: 'date', datetime: 'datetime', instant: 'timestamptz' },
    },
    quote: '"',
    instant: blank,
  },
  postgres: {
    types: {
      ...{ text: 'text', integer: 'bigint', decimal: 'numeric(9, 2)', float: 'float8', boolean: 'boolean' },
      ...{ date: 'date', datetime: 'timestamp', instant: 'timestamptz' },
    },
    quote: '"',
    instant: (text) => text,
  },
  mariadb: {
    types: {
      ...{ text: 'varchar(60)', integer: 'bigint', decimal: 'decimal(9, 2)', float: 'double', boolean: 'bit(1)' },
      ...{ date: 'date', datetime: 'datetime(6)', instant: 'timestamp(6)' },
    },
    quote: '`',
    instant: (text) => (text < '1970' ? null : blank(text)),
  },
};

const MARIADB_OPTIONS = 'character set utf8mb4 collate utf8mb4_general_ci'; // which folds case, accents and blanks

export const openRandomTables = async (
  client: 'sqlite' | 'postgres' | 'mariadb',
  server: DatabaseServer | undefined,
): Promise<RandomTables> => {
  const words = WORDS[client];
  const quoted = (name: string): string => `${words.quote}${name}${words.quote}`;
  const typed = ({ type, values, nativeType }: Column): string =>
    values !== undefined && client === 'mariadb' ? nativeType : words.types[type === 'other' ? 'text' : type];
  const schema = RANDOM_ENTITIES.map(({ name, key, columns }) => {
    const defined = [...columns.values()].map(
      (column) =>
        `${quoted(column.name)} ${typed(column)} ${key.includes(column.name) ? 'not null primary key' : 'null'}`,
    );
    return `create table ${name} (${defined.join()})`;
  });
  const { subject, writer } = await open(client, server, schema);
  const { plugin } = subject;
  return {
    plugin,
    entities: await plugin.describe(callContext()),
    async fill(rows) {
      for (const { name, columns } of RANDOM_ENTITIES) {
        const cells = (rows[name] ?? []).map((row) =>
          [...columns.values()].map(({ name: column, type }) => cellOf(words, type, row[column] ?? null)),
        );
        const places = cells.map((row) => `(${row.map(() => '?').join()})`);
        await writer.run(`delete from ${name}`, []);
        await writer.run(`insert into ${name} values ${places.join()}`, cells.flat());
      }
    },
    async close() {
      await writer.close();
      await plugin.close();
      await subject.close();
    },
  };
};

/** The two ends of one new database: who writes its rows, and the plugin that reads them. */
const open = async (
  client: 'sqlite' | 'postgres' | 'mariadb',
  server: DatabaseServer | undefined,
  schema: readonly string[],
): Promise<{ readonly subject: Subject; readonly writer: Writer }> => {
  if (client === 'sqlite') {
    const subject = await openSqlite(schema, ENTITIES);
    return { subject, writer: sqliteWriter(subject.file) };
  }
  if (server === undefined) throw new Error(`there is no ${client}`);
  const subject = await openServer(client, server, schema, ENTITIES, {}, client === 'mariadb' ? MARIADB_OPTIONS : '');
  return { subject, writer: await (client === 'mariadb' ? mariadbWriter : postgresWriter)(subject.url) };
};

const ENTITIES = Object.fromEntries(
  RANDOM_ENTITIES.map(({ name, key, children }) => {
    const orders: Readonly<Record<string, object>> = RANDOM_EDGES[name as keyof typeof RANDOM_EDGES];
    const edges = [...children].map(([child, { entity, on }]) => [child, { entity, on, ...orders[child] }]);
    return [name, { table: name, key, children: Object.fromEntries(edges) }];
  }),
);

const cellOf = ({ instant }: Words, type: ColumnType, value: NativeValue): Cell => {
  if (type === 'instant' && value !== null) return instant(String(value));
  return typeof value === 'boolean' ? Number(value) : value;
};

const sqliteWriter = (file: string): Writer => {
  const database = new DatabaseSync(file);
  database.exec('pragma synchronous = off');
  return {
    async run(text, cells) {
      await nextTurn(); // the plugin keeps the file's lock for the turn in which it reads
      database.prepare(text).run(...cells);
    },
    close: async () => database.close(),
  };
};

const postgresWriter = async (url: string): Promise<Writer> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    async run(text, cells) {
      let place = 0;
      await client.query(
        text.replaceAll('?', () => `$${++place}`),
        [...cells],
      );
    },
    close: () => client.end(),
  };
};

const mariadbWriter = async (uri: string): Promise<Writer> => {
  const connection = await createConnection({ uri, charset: 'utf8mb4' });
  await connection.query("set time_zone = '+00:00'");
  return {
    run: async (text, cells) => void (await connection.query(text, [...cells])),
    close: () => connection.end(),
  };
};
