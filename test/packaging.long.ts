import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PROJECT } from './support/source-files.ts';

let folder = '';
let checkout = '';

const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** A copy of the project's files: packing rewrites package.json for a moment, and other tests read it. */
const copyCheckout = (): void => {
  const files = run('git', ['ls-files', '-co', '--exclude-standard'], PROJECT)
    .split('\n')
    .filter((file) => file !== '');
  for (const file of files) cpSync(join(PROJECT, file), join(checkout, file));
  symlinkSync(join(PROJECT, 'node_modules'), join(checkout, 'node_modules'));
};

const PLUGIN = `import { BackendError, definePlugin } from 'dci-gateway/plugin';
export default definePlugin({
  name: 'fixed',
  configSchema: { type: 'object', additionalProperties: false, properties: { answer: { type: 'integer' } } },
  create: () => ({
    capabilities: { compare: new Set(['eq']), sort: false, maxLimit: 1, childDepth: 0, changes: 'none' },
    search: async () => { throw new BackendError('refused', 'no rows here'); },
    describe: async () => [{
      name: 'person', key: ['id'], children: new Map(),
      columns: new Map(['id', 'name'].map((name) => [name, { name, type: 'text', nullable: true, nativeType: 'text', searchable: true, sortable: true }])),
    }],
    health: async () => {},
    close: async () => {},
  }),
});
`;

const CONFIG = `registries:
  social:
    domain: social
    mounts: [/registry]
    backend: { plugin: ./plugin.mjs, answer: 42 }
    records: { Person: { entity: person, fields: { name: { surname: name } } } }
`;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dci-package-'));
  checkout = join(folder, 'checkout');
  copyCheckout();
});

after(() => rmSync(folder, { recursive: true, force: true }));

test('the packed package installs in an empty folder, checks a configuration and runs a plugin', {
  timeout: 600_000,
}, () => {
  const before = readFileSync(join(checkout, 'package.json'), 'utf8');
  mkdirSync(join(checkout, 'config/var'));
  writeFileSync(join(checkout, 'config/var/encryption.key'), 'secret');
  run('npm', ['pack', '--pack-destination', folder], checkout);
  assert.equal(readFileSync(join(checkout, 'package.json'), 'utf8'), before, 'package.json was put back');
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const files = run('tar', ['-tzf', join(folder, tarball)], folder).split('\n');
  assert.ok(
    files.includes('package/LICENSE') &&
      files.includes('package/README.md') &&
      files.includes('package/docs/operate.md'),
  );
  assert.ok(files.includes('package/dist/openapi/gateway.yaml') && files.includes('package/dist/config/gateway.yaml'));
  assert.deepEqual(files.filter((file) => /(?<!\.d)\.ts$|dist\/package\.json|test\/(?!contract|support)/.test(file)), []); // biome-ignore format: one look

  assert.deepEqual(files.filter((file) => /\/var\/|\.key$/.test(file)), [], 'no state of a gateway that was tried out'); // biome-ignore format: one look

  const user = join(folder, 'user');
  mkdirSync(user);
  writeFileSync(join(user, 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
  writeFileSync(join(user, 'plugin.mjs'), PLUGIN);
  writeFileSync(join(user, 'gateway.yaml'), CONFIG);
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball), 'fast-check'], user);

  const out = run('npx', ['--no-install', 'dci-gateway', 'check', '--config', 'gateway.yaml'], user);
  assert.match(out, /registry social: reached by \.\/plugin\.mjs, the mapping fits: Person/);
  const sample = run(
    'npx',
    ['--no-install', 'dci-gateway', 'check', '--config', 'node_modules/dci-gateway/dist/config/gateway.yaml'],
    user,
  );
  assert.match(sample, /registry sample: reached by csv, the mapping fits/);
  const typed =
    "import { definePlugin, type BackendPlugin } from 'dci-gateway/plugin';\nexport const x: BackendPlugin | undefined = undefined;\nexport default definePlugin;\n";
  writeFileSync(join(user, 'typed.mts'), typed);
  run(
    join(PROJECT, 'node_modules/.bin/tsc'),
    ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024', 'typed.mts'],
    user,
  );

  const suite = "console.log(Object.keys(await import('dci-gateway/testing')).join())";
  assert.match(run(process.execPath, ['--input-type=module', '-e', suite], user), /pluginSuite/);
});
