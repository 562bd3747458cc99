/** config/examples/openspp.yaml in front of an Odoo server, with the partner that the commands in its head make. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerPartnerCommands } from '../../src/cli/partner.ts';
import type { Config } from '../../src/config/config.ts';
import { openSealer } from '../../src/security/at-rest.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { commandRig } from './command-rig.ts';
import { EXAMPLES, type ExamplePartner, type RunningExample, startExample } from './examples.ts';
import { ODOO_LOGIN, type OdooServer } from './odoo/server.ts';
import { runCommand } from './run-command.ts';

const FILE = 'openspp.yaml';
const COMMAND = /^# {3}npx dci-gateway (partner .*)$/gm;

/** Nothing but these: the file says that they are all it needs. */
export const opensppEnv = (url: string): Readonly<Record<string, string>> => ({
  OPENSPP_URL: url,
  OPENSPP_DATABASE: ODOO_LOGIN.database,
  OPENSPP_USER: ODOO_LOGIN.user,
  OPENSPP_KEY: ODOO_LOGIN.key,
});

export const startOpensppExample = (odoo: OdooServer): Promise<RunningExample> =>
  startExample(FILE, opensppEnv(odoo.url), addPartner);

/** Runs the commands as they stand there, on this configuration's store. */
const addPartner = async (config: Config): Promise<ExamplePartner> => {
  const { folder } = config.store;
  const store = await openSqliteStore({ folder, clock: Date.now, role: 'command' });
  await using rig = await commandRig({ config, store, ...(await openSealer({ folder })) });
  const commands = [...readFileSync(join(EXAMPLES, FILE), 'utf8').matchAll(COMMAND)].map(([, command = '']) => command);
  for (const command of commands)
    await runCommand(
      (program) => registerPartnerCommands(program, (_, work) => work(rig.context)),
      command.split(/\s+/),
    );
  await store.close();
  const shown = (name: string): string => {
    const line = rig.lines.find((each) => each.startsWith(`${name}:`));
    return line?.slice(name.length + 1).trim() ?? assert.fail(`no ${name} was shown`);
  };
  const [, senderId = ''] = / --sender (\S+)/.exec(commands.join('\n')) ?? [];
  return { clientId: shown('client_id'), clientSecret: shown('client_secret'), senderId };
};
