#!/usr/bin/env node
/** The command line. Beside `main.ts` the only file that reads `process`. */

import { createRequire } from 'node:module';
import { Command } from 'commander';
import { keepCompiled } from '../compile-cache.ts';
import type { MakeContext } from './command-context.ts';
import { CONFIG_OPTION, configFile, type Terminal } from './terminal.ts';

keepCompiled();

const terminal: Terminal = {
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  write: (text) => process.stdout.write(text),
  complain: (line) => process.stderr.write(`${line}\n`),
  readInput: async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString('utf8');
  },
  setStatus: (status) => {
    process.exitCode = status;
  },
};

// By the package's own name: the same in a checkout and in the packed form, where files lie elsewhere.
const manifest = createRequire(import.meta.url)('dci-gateway/package.json') as { description: string; version: string };
const program = new Command('dci-gateway').description(manifest.description).version(manifest.version);

/** Whoever reads the output may have seen enough (`check | head`): the command ends as it would have. */
const ignoreClosedPipe = (error: Error): void => {
  if (!('code' in error && error.code === 'EPIPE')) throw error;
};

program.hook('preAction', (_program, command) => {
  if (command.name() !== 'start') process.stdout.on('error', ignoreClosedPipe);
});
program
  .command('start')
  .description('starts the gateway')
  .option(...CONFIG_OPTION)
  .action(async (options: { readonly config?: string }) => {
    process.env.DCI_CONFIG = configFile(options.config, process.env);
    await import('../main.ts');
  });

const makeContext: MakeContext = async (file, work) => {
  const { createMakeContext } = await import('./command-context.ts');
  await createMakeContext(terminal)(file, work);
};

/** By the first word, in the order of the help: the command that is called is loaded alone. */
const COMMANDS: Readonly<Record<string, () => Promise<void>>> = {
  check: async () => (await import('./check.ts')).registerCheckCommand(program, terminal),
  explain: async () => (await import('./explain-command.ts')).registerExplainCommand(program, terminal),
  listen: async () => (await import('./listen-command.ts')).registerListenCommand(program, terminal),
  sql: async () => (await import('./sql-triggers.ts')).registerSqlCommands(program, terminal),
  partner: async () => (await import('./partner.ts')).registerPartnerCommands(program, makeContext),
  keys: async () => (await import('./keys.ts')).registerKeysCommands(program, makeContext),
  deliveries: async () => (await import('./deliveries.ts')).registerDeliveryCommands(program, makeContext),
  audit: async () => (await import('./audit.ts')).registerAuditCommands(program, makeContext),
  subscriptions: async () => (await import('./subscriptions.ts')).registerSubscriptionCommands(program, makeContext),
};

const [called = ''] = process.argv.slice(2);
const load = Object.hasOwn(COMMANDS, called) ? COMMANDS[called] : undefined;
for (const register of load ? [load] : called === 'start' ? [] : Object.values(COMMANDS)) await register();

await program.parseAsync();
