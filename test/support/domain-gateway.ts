/** ONE gateway with a registry of each of the five domains on SQLite, each on its own mount, and a partner's server. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parse } from 'yaml';
import { asyncConfig } from './async-calls.ts';
import { type CallbackReceiver, startReceiver } from './callback-receiver.ts';
import type { Client } from './client.ts';
import { type DomainDatabases, domainDatabases, type Registry } from './domain-databases.ts';
import { EXAMPLES, exampleSql } from './examples.ts';
import { type RunningGateway, startGateway } from './gateway.ts';
import type { SpecDomain } from './spec-check.ts';

export interface DomainGateway extends AsyncDisposable {
  readonly gateway: RunningGateway;
  readonly receiver: CallbackReceiver;
  readonly databases: DomainDatabases;
  client(domain: SpecDomain): Client;
  /** The mapping's section `records`. */
  records(domain: SpecDomain): unknown;
  /** As the registry's own system would. */
  write(domain: SpecDomain, sql: string): void;
}

/** The partner may do everything. @param over sections of the configuration */
export const startDomainGateway = async (
  over: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): Promise<DomainGateway> => {
  await using cleanUp = new AsyncDisposableStack();
  const databases = cleanUp.use(domainDatabases());
  const receiver = cleanUp.use(await startReceiver());
  const socialFile = join(databases.folder, 'social.db');
  const writeSocial = (sql: string): void => {
    using database = new DatabaseSync(socialFile, { timeout: 5_000 });
    database.exec(sql);
  };
  writeSocial(`pragma journal_mode = wal; ${exampleSql('sqlite.sql')}`);
  const examples: Readonly<Record<string, Registry>> = { social: socialRegistry(socialFile), ...databases.registries };
  // The partner of the guides may search anything: that is for sample data only.
  const registries = Object.fromEntries(Object.entries(examples).map(([id, each]) => [id, { ...each, sample: true }]));
  const rights = Object.keys(registries).map((id) => [id, { search: 'any', records: 'all', actions: 'all' }]);
  const config = asyncConfig(receiver.origin, { registries: Object.fromEntries(rights) }, { registries });
  const gateway = cleanUp.use(await startGateway({ config: { ...config, ...over } as never }));
  const mounts = new Map(Object.values(examples).map(({ domain, mounts: [mount] }) => [domain, mount]));
  const open = cleanUp.move();
  return {
    ...{ gateway, receiver, databases },
    client: (domain) => gateway.client({ domain, mount: mounts.get(domain) ?? '' }),
    records: (domain) => Object.values(examples).find((each) => each.domain === domain)?.records,
    write: (domain, sql) => (domain === 'social' ? writeSocial(sql) : databases.write(domain, sql)),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
};

/** The beneficiary list of config/examples/sqlite.yaml; its changes are found by comparing. */
const socialRegistry = (file: string): Registry => {
  const { registries } = parse(readFileSync(join(EXAMPLES, 'sqlite.yaml'), 'utf8')) as {
    readonly registries: { readonly beneficiaries: Registry };
  };
  const { beneficiaries } = registries;
  return {
    ...beneficiaries,
    mounts: ['/social/registry'],
    backend: { ...beneficiaries.backend, file },
    changes: { every: '1s', sources: [{ entity: 'benef', snapshot: '1s', touches: { Person: 'BENEF_ID' } }] },
  };
};
