/**
 * A loaded copy of the sample registry for the gateways of all test files: loading it takes longer than most tests. Its
 * folder is named by what it is made of and with, so that a change of either loads anew; how files are loaded is tested
 * in `test/plugins/csv`, on folders of its own.
 */

import { createHash } from 'node:crypto';
import {
  constants,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './source-files.ts';

const MADE_OF = ['config/sample/*.{csv,yaml}', 'plugins/{csv,relational}/**/*.ts', 'package-lock.json'];

export interface SharedSnapshots {
  /** Before a gateway starts: what another has loaded is there for its registry. */
  lendTo(registryFolder: string): void;
  /** After it has started: what it has loaded is there for the next. */
  takeFrom(registryFolder: string): void;
}

export const sharedSnapshots = (): SharedSnapshots => {
  const hash = createHash('sha256');
  for (const file of globSync(MADE_OF, { cwd: PROJECT }).sort())
    hash.update(file).update(readFileSync(join(PROJECT, file)));
  const shared = join(PROJECT, 'node_modules/.cache/dci-gateway-sample', hash.digest('hex').slice(0, 32));
  mkdirSync(shared, { recursive: true, mode: 0o700 });
  return {
    lendTo: (folder) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const name of databasesIn(shared)) copy(join(shared, name), join(folder, name));
    },
    takeFrom: (folder) => {
      for (const name of databasesIn(folder))
        if (!existsSync(join(shared, name))) share(join(folder, name), join(shared, name));
    },
  };
};

const databasesIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => /^csv-[0-9a-f]+\.sqlite$/.test(name));

const copy = (from: string, to: string): void => copyFileSync(from, to, constants.COPYFILE_FICLONE);

/** Named when it is whole: other processes of the run look at the same folder. */
const share = (from: string, to: string): void => {
  const part = `${to}.${process.pid}.part`;
  copy(from, part);
  renameSync(part, to);
};
