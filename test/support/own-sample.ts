/** The sample registry as tests use it: one that only answers searches, and a copy whose files a test may change. */

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from './source-files.ts';

export interface OwnSample extends Disposable {
  /** For `registries.social.file`. */
  readonly file: string;
  /** Replaces what stands in a file; it must be there. */
  change(name: string, from: string, to: string): void;
}

export const PUSH_SECRET = 'a-secret-of-this-test-that-is-long-enough';

const PUSHED = `  sources: [{ push: true, touches: { Person: [person_id] } }]\npush_secret: "${PUSH_SECRET}"\n`;

const SAMPLE = join(PROJECT, 'config/sample');

const pushedOnly = (text: string): string => text.replace(/ {2}sources:\n[\s\S]*/, PUSHED);

/**
 * The sample in a folder `sample`, its changes told by push only: that no start looks for changes in 1,250 rows, which
 * takes half a second and which a test of searches does not wait for.
 */
export const linkSample = (into: string): void => {
  const folder = join(into, 'sample');
  mkdirSync(folder);
  for (const name of readdirSync(SAMPLE))
    if (name !== 'registry.yaml') symlinkSync(join(SAMPLE, name), join(folder, name));
  writeFileSync(join(folder, 'registry.yaml'), pushedOnly(readFileSync(join(SAMPLE, 'registry.yaml'), 'utf8')));
};

/** It is looked at each second, for changes too (`compared`) or only where a key is pushed (`pushed`). */
export const ownSample = (changes: 'compared' | 'pushed' = 'compared'): OwnSample => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-sample-'));
  cpSync(SAMPLE, folder, { recursive: true, filter: (file) => !file.endsWith('.ts') });
  const file = join(folder, 'registry.yaml');
  const text = readFileSync(file, 'utf8')
    .replace('  folder: sample', `  folder: ${folder}\n  reload_every: 1s`)
    .replace('every: 10s', 'every: 1s');
  writeFileSync(file, changes === 'compared' ? text : pushedOnly(text));
  return {
    file,
    change: (name, from, to) => {
      const path = join(folder, name);
      const before = readFileSync(path, 'utf8');
      if (!before.includes(from)) throw new Error(`${name} has no ${from}`);
      writeFileSync(`${path}.new`, before.replace(from, to));
      renameSync(`${path}.new`, path); // as whoever exports a registry should do it
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
};
