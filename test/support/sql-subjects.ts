/** The sql plugin on a real database of each kind, made from its definition as the gateway makes it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import sqlPlugin from '../../plugins/sql/index.ts';
import type { BackendPlugin } from '../../src/plugin.ts';
import type { DatabaseServer } from './servers.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** A plugin made from a `backend` section; unchecked sections are the tests' own business. */
export const createSqlPlugin = async (config: object, baseFolder = tmpdir()): Promise<BackendPlugin> =>
  sqlPlugin.create(config as Parameters<typeof sqlPlugin.create>[0], {
    registry: 'test',
    baseFolder,
    stateFolder: baseFolder,
    log,
    progress: silent,
  });

export interface Subject {
  readonly plugin: BackendPlugin;
  close(): Promise<void>;
}

/** More of the `backend` section, which may depend on where the database is. */
type Further = object | ((at: string) => object);

const furtherAt = (further: Further, at: string): object => (typeof further === 'function' ? further(at) : further);

export const openSqlite = async (
  schema: readonly string[],
  entities: object,
  further: Further = {},
): Promise<Subject & { readonly file: string }> => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-sqlite-'));
  const file = join(folder, 'registry.db');
  const database = new DatabaseSync(file);
  for (const statement of schema) database.exec(statement);
  database.close();
  const plugin = await createSqlPlugin({ client: 'sqlite', file, entities, ...furtherAt(further, file) });
  return { plugin, file, close: async () => rmSync(folder, { recursive: true, force: true }) };
};

export const openServer = async (
  client: 'postgres' | 'mariadb',
  server: DatabaseServer,
  schema: readonly string[],
  entities: object,
  further: Further = {},
  options = '',
): Promise<Subject & { readonly url: string }> => {
  const url = await server.createDatabase(schema, options);
  const plugin = await createSqlPlugin({ client, url, entities, ...furtherAt(further, url) });
  return { plugin, url, close: async () => undefined };
};
