/** A folder with a configuration for tests of the loader. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface ConfigFolder extends Disposable {
  readonly path: string;
  /** Of `gateway.yaml`. */
  readonly file: string;
  write(name: string, text: string): string;
}

/** A plugin that takes `url` and `pool`, and dislikes the url `bad`. */
const PLUGIN = `export default {
  name: 'trial',
  configSchema: {
    type: 'object', additionalProperties: false, required: ['url'],
    properties: { url: { type: 'string' }, pool: { type: 'integer', default: 5 }, tls: { type: 'boolean' } },
  },
  check: ({ url }) => (url === 'bad' ? [{ path: ['url'], problem: 'is bad', fix: 'mend it' }] : []),
  create() { throw new Error('loading a configuration makes no backend'); },
};
`;

export const configFolder = (gatewayYaml: string): ConfigFolder => {
  const path = mkdtempSync(join(tmpdir(), 'dci-config-'));
  const write = (name: string, text: string): string => {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  write('trial.mjs', PLUGIN);
  const file = write('gateway.yaml', gatewayYaml);
  return { path, file, write, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
};

/** A registry entry that is right, indented to stand under `registries:`. */
export const REGISTRY = `
  social:
    domain: social
    mounts: [/registry]
    backend: { plugin: ./trial.mjs, url: ok }
    records:
      Person: { entity: person, fields: { birth_date: dob, sex: gender } }
      Group: { entity: household, fields: { group_size: members } }
`;
