/** A registry of config/examples (or of a shared folder) in a real database, with its mapping bound to what the plugin describes. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Filter } from '../../src/dci/filter.ts';
import type { DciRecord, Mapping } from '../../src/mapping/mapping.ts';
import { readMapping } from '../../src/mapping/read.ts';
import type { BackendPlugin, SearchPage } from '../../src/plugin.ts';
import { callContext } from '../contract/plugin.suite.ts';
import { EXAMPLES, exampleSql, statementsOf } from './examples.ts';
import { EVERYTHING, located } from './mapping-rig.ts';
import { referencePath } from './reference-folder.ts';
import type { DatabaseServer } from './servers.ts';
import { openServer, openSqlite, type Subject } from './sql-subjects.ts';

export interface MappedDatabase {
  readonly plugin: BackendPlugin;
  readonly mapping: Mapping;
  /** Records that satisfy the filter (all up to 1,000), and how many the plugin counted. */
  search(type: string, filter: Filter): Promise<{ readonly records: readonly DciRecord[]; readonly total: number }>;
  close(): Promise<void>;
}

interface RegistrySection {
  readonly domain: string;
  readonly records: object;
  readonly locations?: object;
  readonly backend: { readonly timezone?: string; readonly entities: object };
}

const CHARSETS = {
  composite: 'character set latin1 collate latin1_swedish_ci',
  openmrs: 'character set utf8mb3',
  postgres: '',
  sqlite: '',
} as const;

const registryOf = (file: string, mend = (text: string) => text): RegistrySection => {
  const { registries } = parse(mend(readFileSync(file, 'utf8'))) as { registries: Record<string, RegistrySection> };
  const [registry] = Object.values(registries);
  if (registry === undefined) throw new Error(`${file} has no registry`);
  return registry;
};

const mapped = async (registry: RegistrySection, subject: Subject): Promise<MappedDatabase> => {
  const { plugin } = subject;
  const { records, locations, domain, backend } = registry;
  const unbound = readMapping(located({ records, ...(locations !== undefined && { locations }) }), {
    domain,
    timezone: backend.timezone,
    entities: backend.entities,
  });
  const mapping = unbound.bind(await plugin.describe(callContext()));
  const none: SearchPage = { rows: [], total: 0 };
  return {
    plugin,
    mapping,
    async search(recordType, filter) {
      const { query, render } = mapping.compile({
        ...{ recordType, filter, view: EVERYTHING, projection: undefined, sort: [] },
        ...{ limit: 1000, offset: 0, countCap: 10_000 },
      });
      const { rows, total } = query === undefined ? none : await plugin.search(query, callContext());
      return { records: await Promise.all(rows.map(render)), total };
    },
    close: async () => {
      await plugin.close();
      await subject.close();
    },
  };
};

export const openExample = async (
  name: 'composite' | 'openmrs' | 'postgres' | 'sqlite',
  server?: DatabaseServer,
): Promise<MappedDatabase> => {
  const registry = registryOf(join(EXAMPLES, `${name}.yaml`));
  const statements = statementsOf(exampleSql(`${name}.sql`));
  const { entities } = registry.backend;
  if (name === 'sqlite' || server === undefined) return mapped(registry, await openSqlite(statements, entities));
  const client = name === 'postgres' ? 'postgres' : 'mariadb';
  return mapped(registry, await openServer(client, server, statements, entities, {}, CHARSETS[name]));
};

/** The same two registries as generated rows: `scale` replaces the numbers of the sequences. Undefined where the folder is not. */
export const openShared = async (
  name: 'composite' | 'openmrs',
  server: DatabaseServer,
  scale: Readonly<Record<string, string>>,
): Promise<MappedDatabase | undefined> => {
  const folder = referencePath('mapping', 'filters on the generated registries are');
  if (folder === undefined) return undefined;
  const script = readFileSync(join(folder, `${name}.sql`), 'utf8')
    .replaceAll(/create database[^;]*;/g, '')
    .replaceAll(/\buse \w+;/g, '')
    .replaceAll(/seq_1_to_(\d+)/g, (whole, count: string) => (scale[count] ? `seq_1_to_${scale[count]}` : whole));
  const registry = registryOf(
    join(folder, `${name}.yaml`),
    (text) => text.replaceAll('on: { patient_id: person_id }', 'on: { person_id: patient_id }'), // ours first, as everywhere else
  );
  const statements = statementsOf(script);
  return mapped(
    registry,
    await openServer('mariadb', server, statements, registry.backend.entities, {}, CHARSETS[name]),
  );
};
