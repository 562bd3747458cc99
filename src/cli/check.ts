/** `dci-gateway check`: what a start would refuse, and what it would not notice. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Config, RegistryConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError, formatProblem } from '../config/source.ts';
import { StartProblem } from '../gateway/start-problem.ts';
import type { Log } from '../log.ts';
import { checkRegistry, type RegistryReport, type Surroundings } from './check-registry.ts';
import { CONFIG_OPTION, configFile, type Terminal } from './terminal.ts';

export const registerCheckCommand = (program: Command, terminal: Terminal): void => {
  program
    .command('check')
    .description('finds mistakes in a configuration, with file, line and fix, and connects to its registries')
    .option(...CONFIG_OPTION)
    .option('--offline', 'do not connect to the registries')
    .action(async (options: { readonly config?: string; readonly offline?: boolean }) => {
      const sound = await check(configFile(options.config, terminal.env), options.offline === true, terminal);
      terminal.setStatus(sound ? 0 : 1);
    });
};

/** True when nothing has to be mended. A registry that cannot be reached is told and is no mistake of the configuration. */
const check = async (file: string, offline: boolean, terminal: Terminal): Promise<boolean> => {
  const config = await unlessWrong(loadConfig({ file, env: terminal.env }), terminal);
  if (config === undefined) return false;
  const { partners, registries } = config;
  terminal.print(
    `${file}: ${count(registries.length, 'registry', 'registries')}, ${count(partners.length, 'partner', 'partners')}, no mistakes`,
  );
  if (offline) return true;
  const stateFolder = await mkdtemp(join(tmpdir(), 'dci-check-'));
  try {
    return await checkRegistries(config, stateFolder, terminal);
  } finally {
    await rm(stateFolder, { recursive: true, force: true });
  }
};

const checkRegistries = async (config: Config, stateFolder: string, terminal: Terminal): Promise<boolean> => {
  let sound = true;
  for (const registry of config.registries) {
    const log = plainLog(`registry ${registry.id}`, terminal);
    const surroundings: Surroundings = { config, stateFolder, log, progress: (line) => terminal.complain(line) };
    const report = await unlessWrong(checkRegistry(registry, surroundings), terminal);
    sound = report !== undefined && sound;
    if (report !== undefined) printReport(registry, report, terminal);
  }
  return sound;
};

const unlessWrong = async <Value>(work: Promise<Value>, terminal: Terminal): Promise<Value | undefined> => {
  try {
    return await work;
  } catch (cause) {
    const lines =
      cause instanceof ConfigError
        ? cause.problems.map(formatProblem)
        : cause instanceof StartProblem
          ? cause.problems
          : undefined;
    if (lines === undefined) throw cause;
    for (const line of lines) terminal.complain(line);
    terminal.complain(count(lines.length, 'mistake', 'mistakes'));
    return undefined;
  }
};

const printReport = (
  registry: RegistryConfig,
  { unreachable, records, scans }: RegistryReport,
  terminal: Terminal,
): void => {
  if (unreachable !== undefined) {
    terminal.print(`registry ${registry.id}: ${unreachable}; its mapping was not checked against it`);
    return;
  }
  terminal.print(
    `registry ${registry.id}: reached by ${registry.backend.plugin}, the mapping fits: ${records.join(', ')}`,
  );
  if (scans.length === 0) return;
  terminal.print(`registry ${registry.id}: a search by one of these alone reads a whole table; an index mends it:`);
  for (const { columns, plan, attributes } of scans) {
    const [first = '', ...others] = attributes;
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    terminal.print(
      `  ${first}${more}: ${columns.length > 0 ? `${columns.join(', ')} (${plan})` : 'no column to search by'}`,
    );
  }
};

const count = (number: number, one: string, several: string): string => `${number} ${number === 1 ? one : several}`;

/** Warnings and errors as lines for a person. */
const plainLog = (name: string, terminal: Terminal): Log => {
  const tell = (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    terminal.complain(`${name}: ${message}${Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : ''}`);
  const log: Log = { debug: () => undefined, info: () => undefined, warn: tell, error: tell, child: () => log };
  return log;
};
