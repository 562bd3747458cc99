/** Commands in the test's own process, on a real store and the sample configuration. */

import { join } from 'node:path';
import { type CommandContext, CommandProblem } from '../../src/cli/command-context.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openSealer } from '../../src/security/at-rest.ts';
import type { Outbound } from '../../src/security/outbound/http-client.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { PROJECT } from './source-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface CommandRig extends AsyncDisposable {
  readonly context: CommandContext;
  /** All lines so far. */
  readonly lines: string[];
  readonly files: Map<string, string>;
}

const noOutbound: Outbound = { fetch: () => Promise.reject(new Error('nothing is fetched in this test')) };

export const commandRig = async (changes: Partial<CommandContext> = {}): Promise<CommandRig> => {
  const place = await temporaryFolder();
  const folder = join(place.folder, 'state');
  const store = await openSqliteStore({ folder, clock: Date.now, role: 'command' });
  const lines: string[] = [];
  const files = new Map<string, string>();
  const context: CommandContext = {
    config: await loadConfig({ file: join(PROJECT, 'config/gateway.yaml'), env: {} }),
    store,
    ...(await openSealer({ folder })),
    outbound: noOutbound,
    clock: Date.now,
    out: (line) => void lines.push(line),
    readFile: async (path) => {
      const text = files.get(path);
      if (text === undefined) throw new CommandProblem(`no file ${path}`);
      return text;
    },
    ...changes,
  };
  return {
    context,
    lines,
    files,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await place[Symbol.asyncDispose]();
    },
  };
};
