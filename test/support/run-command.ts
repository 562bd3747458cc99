/** A command in the test's own process: what it prints and its status, without what starting a process costs. */

import { Command } from 'commander';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { Ran } from './run-cli.ts';

export const runCommand = async (
  register: (program: Command, terminal: Terminal) => void,
  args: readonly string[],
  env: Terminal['env'] = {},
): Promise<Ran> => {
  let status = 0;
  const printed: string[] = [];
  const complained: string[] = [];
  const terminal: Terminal = {
    env,
    print: (line) => void printed.push(`${line}\n`),
    write: (text) => void printed.push(text),
    complain: (line) => void complained.push(`${line}\n`),
    readInput: async () => '',
    setStatus: (given) => {
      status = given;
    },
  };
  const program = new Command('dci-gateway').exitOverride();
  register(program, terminal);
  await program.parseAsync(args, { from: 'user' });
  return { status, out: printed.join(''), err: complained.join('') };
};
