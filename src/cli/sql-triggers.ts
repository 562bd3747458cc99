/** `dci-gateway sql triggers`: change logs and triggers for the tables that a mapping reads, to be run by whoever owns the registry. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Config, RegistryConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError, formatProblem } from '../config/source.ts';
import { GatewayError } from '../errors.ts';
import { connectUnsigned } from '../gateway/connect-upstreams.ts';
import { openRegistries } from '../gateway/open-registries.ts';
import type { Log } from '../log.ts';
import { callContext } from '../registry/call-context.ts';
import { CONFIG_OPTION, configFile, type Terminal } from './terminal.ts';
import { changesSection } from './triggers/changes-section.ts';
import { mysqlTriggers, sqliteTriggers } from './triggers/plain.ts';
import { type LoggedTable, planTriggers, type TriggerPlan } from './triggers/plan-triggers.ts';
import { postgresTriggers } from './triggers/postgres.ts';

const DEADLINE_MS = 60_000;

const DIALECTS: Readonly<Record<string, (logged: LoggedTable) => readonly string[]>> = {
  postgres: postgresTriggers,
  mysql: mysqlTriggers,
  mariadb: mysqlTriggers,
  sqlite: sqliteTriggers,
};

const NOTES: Readonly<Record<string, readonly string[]>> = {
  postgres: ['TRUNCATE fires no row triggers: add a sweep where tables are truncated.'],
  mysql: ['Rows that a foreign key deletes (ON DELETE CASCADE) fire no triggers: add a sweep of such tables.'],
  mariadb: ['Rows that a foreign key deletes (ON DELETE CASCADE) fire no triggers: add a sweep of such tables.'],
  sqlite: ['REPLACE fires no delete trigger unless recursive_triggers is on.'],
};

class TriggerProblem extends Error {}

export const registerSqlCommands = (program: Command, terminal: Terminal): void => {
  program
    .command('sql')
    .description('what the owner of a registry in a database is asked to run')
    .command('triggers')
    .description('prints change-log tables with their triggers, and the changes section that reads them')
    .option(...CONFIG_OPTION)
    .option('-r, --registry <id>', 'which registry, where there are several')
    .action(async (options: { readonly config?: string; readonly registry?: string }) => {
      try {
        const config = await loadConfig({ file: configFile(options.config, terminal.env), env: terminal.env });
        terminal.write(await triggersOf(config, registryOf(config, options.registry), terminal));
      } catch (cause) {
        const lines =
          cause instanceof ConfigError
            ? cause.problems.map(formatProblem)
            : cause instanceof TriggerProblem
              ? [cause.message]
              : undefined;
        if (lines === undefined) throw cause;
        for (const line of lines) terminal.complain(line);
        terminal.setStatus(1);
      }
    });
};

const registryOf = ({ registries }: Config, wanted: string | undefined): RegistryConfig => {
  const ids = registries.filter(({ backend }) => backend.plugin === 'sql').map(({ id }) => id);
  const found = registries.find(({ id }) => id === (wanted ?? ids[0]));
  if (found?.backend.plugin !== 'sql') throw new TriggerProblem('there is no such registry of the sql plugin');
  if (wanted === undefined && ids.length > 1) throw new TriggerProblem(`say which by --registry: ${ids.join(', ')}`);
  return found;
};

const triggersOf = async (config: Config, registry: RegistryConfig, terminal: Terminal): Promise<string> => {
  const stateFolder = await mkdtemp(join(tmpdir(), 'dci-triggers-'));
  try {
    const plan = await planOf(config, registry, stateFolder, terminal);
    return textOf(String(registry.backend.options.client), plan);
  } finally {
    await rm(stateFolder, { recursive: true, force: true });
  }
};

/** The logs may not be there yet: the registry is opened without its changes. */
const planOf = async (config: Config, registry: RegistryConfig, folder: string, terminal: Terminal) => {
  const { changes: _, ...mapped } = registry.mapping.value as Readonly<Record<string, unknown>>; // a mapping: it was checked
  const alone = { ...registry, mapping: { ...registry.mapping, value: mapped } };
  const log = plainLog(terminal);
  const opened = await openRegistries({
    config: { ...config, store: { ...config.store, folder }, registries: [alone] },
    log,
    progress: () => undefined,
    connect: connectUnsigned(config, log),
  });
  try {
    const [only] = opened;
    if (only === undefined) throw new TriggerProblem('there is no registry');
    const mapping = await only.mapping();
    const context = callContext(AbortSignal.timeout(DEADLINE_MS), DEADLINE_MS, randomUUID(), log);
    return planTriggers(mapping, await only.plugin.describe(context), tablesOf(registry));
  } catch (cause) {
    if (cause instanceof GatewayError) throw new TriggerProblem(`the registry: ${cause.detail ?? cause.message}`);
    throw cause;
  } finally {
    await Promise.all(opened.map((each) => each.close()));
  }
};

const tablesOf = ({ backend }: RegistryConfig): ReadonlyMap<string, string> => {
  const { entities, schema } = backend.options as {
    readonly entities: Readonly<Record<string, { readonly table?: string }>>; // the plugin's schema has checked it
    readonly schema?: string;
  };
  const placed = (table: string) => (schema === undefined || table.includes('.') ? table : `${schema}.${table}`);
  return new Map(
    Object.entries(entities).flatMap(([name, { table }]) =>
      table === undefined ? [] : [[name, placed(table)] as const],
    ),
  );
};

const textOf = (client: string, { logs, left }: TriggerPlan): string => {
  const write = DIALECTS[client];
  if (write === undefined) throw new TriggerProblem(`there are no triggers for ${client}`);
  const notes = [
    'To be run by the owner of the tables. The user of the gateway needs SELECT on the logs and nothing else.',
    'Rows of a log older than a few days may be deleted at any time.',
    ...(NOTES[client] ?? []),
    ...left.map(
      (name) =>
        `Left out: ${name} is a view or SELECT; its changes are found by the tables below it, by a time column or by a snapshot.`,
    ),
  ];
  const statements = logs.flatMap(write).map((statement) => `${statement};\n`);
  const section = changesSection(logs)
    .trimEnd()
    .split('\n')
    .map((line) => `-- ${line}`);
  return [
    ...notes.map((note) => `-- ${note}`),
    '',
    ...statements,
    '-- Beside records, in the configuration:',
    ...section,
    '',
  ].join('\n');
};

const plainLog = (terminal: Terminal): Log => {
  const tell = (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    terminal.complain(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: () => undefined, info: () => undefined, warn: tell, error: tell, child: () => log };
  return log;
};
