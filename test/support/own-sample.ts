/** A gateway on a copy of the sample registry, whose files a test may change. */

import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

/** It is looked at each second, for changes too (`compared`) or only where a key is pushed (`pushed`). */
export const ownSample = (changes: 'compared' | 'pushed' = 'compared'): OwnSample => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-sample-'));
  cpSync(join(PROJECT, 'config/sample'), folder, { recursive: true, filter: (file) => !file.endsWith('.ts') });
  const file = join(folder, 'registry.yaml');
  const text = readFileSync(file, 'utf8')
    .replace('  folder: sample', `  folder: ${folder}\n  reload_every: 1s`)
    .replace('every: 10s', 'every: 1s')
    .replace(/ {2}sources:\n[\s\S]*/, (sources) => (changes === 'compared' ? sources : PUSHED));
  writeFileSync(file, text);
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
