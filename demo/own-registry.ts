/** A copy of the sample registry that the demo may change, and a configuration for it. */

import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DemoFolder extends Disposable {
  /** Writes the configuration: the partner's key, and where its receiver is. */
  configure(partner: object, receiver: string): string;
  /** Someone's given name is corrected in the registry. */
  rename(personId: string, from: string, to: string): void;
}

const SAMPLE = join(import.meta.dirname, '../config/sample');

/** The demo wants to see a change within seconds. */
const quickly = (registry: string, folder: string): string =>
  registry
    .replace('  folder: sample', `  folder: ${folder}\n  reload_every: 1s`)
    .replace('  every: 10s', '  every: 1s')
    .replace('sample: true', 'sample: false');

export const demoFolder = (): DemoFolder => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-demo-'));
  const sample = join(folder, 'registry');
  cpSync(SAMPLE, sample, { recursive: true, filter: (file) => !file.endsWith('.ts') });
  writeFileSync(join(folder, 'registry.yaml'), quickly(readFileSync(join(sample, 'registry.yaml'), 'utf8'), sample));
  return {
    configure: (partner, receiver) => {
      const file = join(folder, 'gateway.yaml');
      const config = {
        server: { port: 0, admin: { port: 0 }, shutdown: '2s' },
        identity: { id: 'registry.example.gov' },
        store: { folder: 'state' },
        outbound: { allow_origins: [receiver], private_origins: [receiver] },
        registries: { registry: { file: 'registry.yaml' } },
        partners: { health: partner },
      };
      writeFileSync(file, JSON.stringify(config, null, 2)); // JSON is YAML
      return file;
    },
    rename: (personId, from, to) => {
      const file = join(sample, 'persons.csv');
      const before = readFileSync(file, 'utf8');
      const after = before.replace(new RegExp(`^(${personId},[^,]*,)${from},`, 'm'), `$1${to},`);
      if (after === before) throw new Error(`${personId} ${from} is not in the sample`);
      writeFileSync(`${file}.new`, after);
      renameSync(`${file}.new`, file);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
};
