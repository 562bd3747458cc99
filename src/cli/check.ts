/** `dci-gateway check`: what a start would refuse, and what it would not notice. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Config, RegistryConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { mappingOf } from '../config/mapping-of.ts';
import { ConfigError, formatProblem } from '../config/source.ts';
import { demoProblems } from '../gateway/demo-rule.ts';
import { StartProblem } from '../gateway/start-problem.ts';
import type { Log } from '../log.ts';
import type { Partner } from '../security/partner.ts';
import { addDistinct } from '../security/partner-index.ts';
import { readStoredPartners } from '../store/sqlite/stored-partners.ts';
import { StoreError } from '../store/store.ts';
import { checkRegistry, type RegistryReport } from './check-registry.ts';
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

/** What was found, for the one verdict at the end. */
interface Findings {
  mistakes: number;
  unreachable: number;
}

/** True when nothing has to be mended and everything was looked at. */
const check = async (file: string, offline: boolean, terminal: Terminal): Promise<boolean> => {
  const found: Findings = { mistakes: 0, unreachable: 0 };
  const config = await unlessWrong(loadConfig({ file, env: terminal.env }), found, terminal);
  if (config !== undefined) {
    for (const remark of config.registries.flatMap((registry) => mappingOf(registry).remarks))
      terminal.complain(`worth a look: ${formatProblem(remark)}`);
    const stored = await storedPartners(config, found, terminal);
    for (const problem of partnerProblems(config, stored ?? [], terminal)) {
      terminal.complain(problem);
      found.mistakes++;
    }
    if (!offline) await checkRegistries(config, stored, found, terminal);
    const { partners, registries } = config;
    const all = partners.length + (stored?.length ?? 0);
    if (found.mistakes === 0 && found.unreachable === 0)
      terminal.print(
        `${file}: ${count(registries.length, 'registry', 'registries')}, ${count(all, 'partner', 'partners')}, no mistakes${offline ? '; the registries were not connected' : ''}`,
      );
  }
  if (found.mistakes > 0) terminal.complain(count(found.mistakes, 'mistake', 'mistakes'));
  else if (found.unreachable > 0)
    terminal.complain(
      `${count(found.unreachable, 'registry was', 'registries were')} not reached: mend the address, the account or the network, or check --offline`,
    );
  return found.mistakes === 0 && found.unreachable === 0;
};

/** What all partners together are refused for at a start, with the environment as it is. */
const partnerProblems = (
  { partners, registries, server }: Config,
  stored: readonly Partner[],
  { env }: Terminal,
): readonly string[] => {
  const ofFile = partners.map(({ partner }) => partner);
  const surroundings = { host: env.HOST || server.host, production: env.NODE_ENV === 'production' };
  return [...demoProblems(ofFile, registries, surroundings), ...addDistinct(ofFile, stored).refused];
};

/** Undefined: they were not looked at, which was said. */
const storedPartners = async (
  config: Config,
  found: Findings,
  terminal: Terminal,
): Promise<readonly Partner[] | undefined> => {
  const { folder, mongodb } = config.store;
  if (mongodb === undefined) return unlessWrong(readStoredPartners(folder), found, terminal);
  terminal.complain('partners that were made by command in MongoDB are not looked at');
  return undefined;
};

const checkRegistries = async (
  config: Config,
  stored: readonly Partner[] | undefined,
  found: Findings,
  terminal: Terminal,
): Promise<void> => {
  const stateFolder = await mkdtemp(join(tmpdir(), 'dci-check-'));
  try {
    for (const registry of config.registries) {
      const log = plainLog(`registry ${registry.id}`, terminal);
      const progress = (line: string): void => terminal.complain(line);
      const report = await unlessWrong(
        checkRegistry(registry, { config, stored: stored ?? [], stateFolder, log, progress }),
        found,
        terminal,
      );
      if (report === undefined) continue;
      printReport(registry, report, terminal);
      for (const line of report.rights) terminal.complain(`the store: ${line}`);
      found.mistakes += report.rights.length;
      if (report.absentTeller !== undefined)
        terminal.complain(
          `registry ${registry.id}: notifications would come from the partner ${report.absentTeller}, which is ${stored === undefined ? 'not in the file; those of the store were not looked at' : 'neither in the file nor in the store: partner add makes it'}`,
        );
      if (report.unreachable !== undefined) found.unreachable++;
    }
  } finally {
    await rm(stateFolder, { recursive: true, force: true });
  }
};

const unlessWrong = async <Value>(
  work: Promise<Value>,
  found: Findings,
  terminal: Terminal,
): Promise<Value | undefined> => {
  try {
    return await work;
  } catch (cause) {
    const lines =
      cause instanceof ConfigError
        ? cause.problems.map(formatProblem)
        : cause instanceof StartProblem
          ? cause.problems
          : cause instanceof StoreError
            ? [cause.message]
            : undefined;
    if (lines === undefined) throw cause;
    for (const line of lines) terminal.complain(line);
    found.mistakes += lines.length;
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
