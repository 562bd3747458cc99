#!/usr/bin/env node
/** The command line. Beside `main.ts` the only file that reads `process`. */

import { createRequire } from 'node:module';
import { Command } from 'commander';
import { registerCheckCommand } from './check.ts';
import { createMakeContext } from './command-context.ts';
import { registerDeliveryCommands } from './deliveries.ts';
import { registerExplainCommand } from './explain-command.ts';
import { registerKeysCommands } from './keys.ts';
import { registerListenCommand } from './listen-command.ts';
import { registerPartnerCommands } from './partner.ts';
import { registerSqlCommands } from './sql-triggers.ts';
import { registerSubscriptionCommands } from './subscriptions.ts';
import { CONFIG_OPTION, configFile, type Terminal } from './terminal.ts';

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
registerCheckCommand(program, terminal);
registerExplainCommand(program, terminal);
registerListenCommand(program, terminal);
registerSqlCommands(program, terminal);
const makeContext = createMakeContext(terminal);
registerPartnerCommands(program, makeContext);
registerKeysCommands(program, makeContext);
registerDeliveryCommands(program, makeContext);
registerSubscriptionCommands(program, makeContext);

await program.parseAsync();
