import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StoreConfig } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/source.ts';
import { configFolder, REGISTRY } from '../support/config-folder.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

const load = async (store: string): Promise<{ readonly store: StoreConfig; readonly path: string }> => {
  using folder = configFolder(`store: ${store}\nregistries:${REGISTRY}`);
  return { ...(await loadConfig({ file: folder.file, env: {} })), path: folder.path };
};

const problemsOf = async (store: string): Promise<string[]> => {
  try {
    await load(store);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, problem, fix }) => `${path} ${problem}${fix === undefined ? '' : `: ${fix}`}`);
  }
  return [];
};

test('the embedded store lies beside the configuration, and MongoDB is taken where it is named', async () => {
  const { store, path } = await load('{}');
  assert.deepEqual(store, { folder: join(path, 'var'), retentionMs: 30 * 86_400_000 });
  const onMongo = await load(`{ mongodb: { url: "mongodb://u:p@a,b/?replicaSet=rs0" }, encryption_key: "${KEY}" }`);
  assert.deepEqual(onMongo.store.mongodb, { url: 'mongodb://u:p@a,b/?replicaSet=rs0', database: 'dci_gateway' });
  const named = await load(`{ mongodb: { url: "mongodb+srv://a", database: mine }, encryption_key: "${KEY}" }`);
  assert.equal(named.store.mongodb?.database, 'mine');
});

test('MongoDB without the encryption key, which replicas cannot make for each other, is refused', async () => {
  const [problem, ...more] = await problemsOf('{ mongodb: { url: "mongodb://a" } }');
  assert.match(
    problem ?? '',
    /^store\.encryption_key is missing: with mongodb it must be given.*openssl rand -base64 32/,
  );
  assert.deepEqual(more, []);
});

test('an address that is none, an odd database name and unknown keys of MongoDB are refused', async () => {
  const key = `encryption_key: "${KEY}"`;
  assert.match(
    (await problemsOf(`{ mongodb: { url: "http://a" }, ${key} }`))[0] ?? '',
    /^store\.mongodb\.url .*mongodb:/,
  );
  assert.match((await problemsOf(`{ mongodb: {}, ${key} }`))[0] ?? '', /^store\.mongodb\.url is missing/);
  for (const name of ['a.b', '$a', ''])
    assert.match(
      (await problemsOf(`{ mongodb: { url: "mongodb://a", database: "${name}" }, ${key} }`))[0] ?? '',
      /^store\.mongodb\.database/,
      name,
    );
  assert.match((await problemsOf(`{ mongodb: { url: "mongodb://a", db: x }, ${key} }`))[0] ?? '', /mongodb\.db/);
});
