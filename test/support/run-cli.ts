/** The command line as a person runs it: a process of its own. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROJECT } from './source-files.ts';

export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export const runCli = async (
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> => {
  const child = spawn(process.execPath, [join(PROJECT, 'src/cli/main.ts'), ...args], {
    cwd: PROJECT,
    env: { ...process.env, ...options.env },
  });
  child.stdin.end(options.input ?? '');
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, out, err };
};
