/** What the code reads at run time, by paths relative to itself. */

import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Named one by one: beside them a checkout that was tried out holds `config/var`, the gateway's keys and a copy of the
 * registry's rows, and perhaps an operator's own configuration.
 */
const ASSETS = ['openapi', 'config/gateway.yaml', 'config/sample', 'config/examples'];

export const copyAssets = (checkout: string, target: string): void => {
  for (const asset of ASSETS) {
    const wanted = (file: string): boolean => !file.endsWith('.ts') && basename(file) !== 'var';
    cpSync(join(checkout, asset), join(target, asset), { recursive: true, filter: wanted });
  }
};
