/** The openspp plugin made from its definition, as the gateway makes it. */

import { tmpdir } from 'node:os';
import opensppPlugin from '../../../plugins/openspp/index.ts';
import type { BackendPlugin, PluginLog } from '../../../src/plugin.ts';
import { ODOO_LOGIN } from './server.ts';

const silent = () => undefined;
const SILENT: PluginLog = { debug: silent, info: silent, warn: silent, error: silent };

export const openOpenspp = async (url: string, config: object = {}, stateFolder = tmpdir()): Promise<BackendPlugin> =>
  opensppPlugin.create(
    { url, ...ODOO_LOGIN, ...config },
    { registry: 'test', baseFolder: tmpdir(), stateFolder, log: SILENT, progress: silent },
  );
