import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadPlugin, PluginLoadError } from '../../src/plugins/load.ts';

const GOOD = 'export default { name: "good", configSchema: { type: "object" }, create() {} };';

let folder = '';

const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dci-plugins-'));
  write('good.mjs', GOOD);
  write('typed.ts', `const name: string = 'typed'; export default { name, configSchema: {}, create: (): void => {} };`);
});

after(() => rmSync(folder, { recursive: true, force: true }));

const refusal = async (name: string): Promise<string> => {
  const error: unknown = await loadPlugin(name, folder).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof PluginLoadError, `${name} was ${error === undefined ? 'loaded' : String(error)}`);
  return error.message;
};

const npmPackage = (name: string, entry: object, code = GOOD): void => {
  write(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', ...entry }));
  write(`node_modules/${name}/index.js`, code);
};

test('the built-in plugins come by name', async () => {
  for (const name of ['sql', 'csv']) assert.equal((await loadPlugin(name, folder)).name, name);
});

test('a path is taken from the configuration’s folder, in JavaScript and TypeScript', async () => {
  assert.equal((await loadPlugin('./good.mjs', folder)).name, 'good');
  assert.equal((await loadPlugin(join(folder, 'good.mjs'), '/nowhere')).name, 'good');
  assert.equal((await loadPlugin('./typed.ts', folder)).name, 'typed');
});

test('a package is found where it is installed beside the configuration', async () => {
  npmPackage('registry-plugin', { exports: './index.js' });
  npmPackage('@ministry/registry', { main: 'index.js' });
  npmPackage('import-only', { exports: { '.': { import: './index.js' } } });
  for (const name of ['registry-plugin', '@ministry/registry', 'import-only']) {
    assert.equal((await loadPlugin(name, folder)).name, 'good');
  }
});

test('a name that leads nowhere is told with what there is', async () => {
  assert.match(
    await refusal('postgres-registry'),
    /no plugin postgres-registry: it is none of sql, csv, openspp, passthrough, no path/,
  );
  assert.match(await refusal('./missing.ts'), /no file .*missing\.ts/);
  assert.match(await refusal('toString'), /no plugin toString/);
});

for (const [what, code, message] of [
  ['without a default export', 'export const plugin = {};', /there is no default export of that kind/],
  ['whose default export is a function', 'export default () => {};', /there is no default export of that kind/],
  ['without a name', 'export default { configSchema: {}, create() {} };', /name is no text/],
  ['without a schema', 'export default { name: "x", create() {} };', /configSchema is no JSON Schema/],
  ['without create', 'export default { name: "x", configSchema: {} };', /create is no function/],
  [
    'whose check is no function',
    'export default { name: "x", configSchema: {}, create() {}, check: true };',
    /check is no function/,
  ],
  ['that throws', 'throw new Error("no licence file");', /cannot be loaded: no licence file/],
  ['that is no JavaScript', 'export default {', /cannot be loaded/],
] as const) {
  test(`a module ${what} is refused with the reason`, async () => {
    const name = `./wrong-${what.replaceAll(/\W/g, '-')}.mjs`;
    write(name, code);
    assert.match(await refusal(name), message);
  });
}
