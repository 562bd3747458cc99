/** The databases of config/examples/registries, made from their SQL, and the registries as sections of a configuration. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parse } from 'yaml';
import { EXAMPLES, exampleSql } from './examples.ts';

export type ExampleDomain = 'crvs' | 'fr' | 'dr' | 'ibr';

interface Example {
  readonly name: string;
  readonly variable: string;
  readonly id: string;
}

const BY_DOMAIN: Readonly<Record<ExampleDomain, Example>> = {
  crvs: { name: 'crvs', variable: 'CIVIL_DB', id: 'civil' },
  fr: { name: 'farmer', variable: 'FARMER_DB', id: 'farmers' },
  dr: { name: 'disability', variable: 'DISABILITY_DB', id: 'disability' },
  ibr: { name: 'beneficiary', variable: 'BENEFICIARY_DB', id: 'benefits' },
};

export interface DomainDatabases extends Disposable {
  readonly folder: string;
  /** The variables of the examples, with the files' paths. */
  readonly env: Readonly<Record<string, string>>;
  /** By the ids that domains.yaml gives them. */
  readonly registries: Readonly<Record<string, Registry>>;
  /** As the registry's own system would. */
  write(domain: ExampleDomain, sql: string): void;
  read(domain: ExampleDomain, sql: string): readonly Readonly<Record<string, unknown>>[];
}

export interface Registry {
  readonly domain: string;
  readonly mounts: readonly [string];
  readonly backend: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

export const domainDatabases = (): DomainDatabases => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-domains-'));
  const file = (domain: ExampleDomain): string => join(folder, `${BY_DOMAIN[domain].name}.db`);
  const write = (domain: ExampleDomain, sql: string): void => {
    using database = new DatabaseSync(file(domain), { timeout: 5_000 });
    database.exec(sql);
  };
  const read: DomainDatabases['read'] = (domain, sql) => {
    using database = new DatabaseSync(file(domain), { readOnly: true, timeout: 5_000 });
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  };
  const domains = Object.entries(BY_DOMAIN) as [ExampleDomain, Example][];
  // Who writes must not wait for who reads: both are this process.
  for (const [domain, { name }] of domains) write(domain, `pragma journal_mode = wal; ${exampleSql(`${name}.sql`)}`);
  return {
    ...{ folder, write, read },
    env: Object.fromEntries(domains.map(([domain, { variable }]) => [variable, file(domain)])),
    registries: Object.fromEntries(
      domains.map(([domain, { name, id }]) => {
        const registry = parse(readFileSync(join(EXAMPLES, 'registries', `${name}.yaml`), 'utf8')) as Registry;
        return [id, { ...registry, backend: withFile(registry.backend, file(domain)) }];
      }),
    ),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** Read from and, where data flows in, written to this file. */
const withFile = (backend: Registry['backend'], file: string): Registry['backend'] => ({
  ...backend,
  file,
  ...(typeof backend.accept === 'object' && { accept: { ...backend.accept, file } }),
});
