/** Reads a registry kept in OpenSPP, over Odoo's RPC. */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type BackendPlugin, ConfigProblems, definePlugin, type PluginEnvironment } from 'dci-gateway/plugin';
import { CONFIG_SCHEMA, checkConfig, DEFAULTS, milliseconds, type OpensppConfig } from './config.ts';
import { createOdoo } from './odoo.ts';
import { createOpensppBackend } from './openspp-backend.ts';
import { createJsonPoster } from './post-json.ts';

const readCa = (ca: string, baseFolder: string): string => {
  if (ca.includes('-----BEGIN')) return ca;
  const file = resolve(baseFolder, ca);
  if (!existsSync(file)) throw new ConfigProblems([{ path: ['ca'], problem: 'is neither a PEM text nor a file' }]);
  return readFileSync(file, 'utf8');
};

const create = (config: OpensppConfig, { baseFolder, stateFolder }: PluginEnvironment): BackendPlugin => {
  const { url, database, user, key, transport = 'auto', company, language, ca } = config;
  const poster = createJsonPoster({
    url,
    timeoutMs: milliseconds(config.timeout, DEFAULTS.timeoutMs),
    connections: config.connections ?? DEFAULTS.connections,
    ca: ca === undefined ? undefined : readCa(ca, baseFolder),
  });
  const odoo = createOdoo(poster, { database, user, key, transport, company, language });
  return createOpensppBackend(odoo, { maxJoined: config.max_joined ?? DEFAULTS.maxJoined, stateFolder });
};

export default definePlugin<OpensppConfig>({
  name: 'openspp',
  configSchema: CONFIG_SCHEMA,
  check: checkConfig,
  create,
});
