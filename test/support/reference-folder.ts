/** Material of the standard that lies beside a checkout (`../shared`) and is no part of it. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../../../shared');
const told = new Set<string>();

/** Undefined where it does not lie there: said once by each test file, so that nobody takes what was left out for passed. */
export const referencePath = (name: string, needing: string): string | undefined => {
  const path = resolve(FOLDER, name);
  if (existsSync(path)) return path;
  if (!told.has(name)) process.stderr.write(`\n*** ../shared/${name} is not there: ${needing} LEFT OUT ***\n\n`);
  told.add(name);
  return undefined;
};
