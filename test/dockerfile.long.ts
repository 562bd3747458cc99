import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { startedChild } from './support/child.ts';
import { createClient } from './support/client.ts';
import { filesOf, followDockerfile, type Image, mount, ownFolder } from './support/follow-dockerfile.ts';
import { freePort } from './support/local-server.ts';
import { type MongoServer, newDatabaseName, startMongo } from './support/mongo.ts';
import { startRedis } from './support/servers.ts';
import { PROJECT } from './support/source-files.ts';

const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8');

const config = read('deploy/gateway.yaml');
const compose = parse(read('compose.yaml'));
const secret = randomBytes(24).toString('base64');
const storeKey = randomBytes(32).toString('base64');

let root = '';
let image: Image;
let mongo: MongoServer | undefined;
let redis: Awaited<ReturnType<typeof startRedis>>;

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'dci-image-'));
  image = followDockerfile(root);
  mount(root, '/etc/dci-gateway/gateway.yaml', config);
  [mongo, redis] = await Promise.all([startMongo(), startRedis()]);
});

after(async () => {
  await Promise.all([mongo, redis].map((server) => server?.[Symbol.asyncDispose]()));
  rmSync(root, { recursive: true, force: true });
});

const startReplica = async (env: Readonly<Record<string, string>>) => {
  const ports = { PORT: String(await freePort()), ADMIN_PORT: String(await freePort()) };
  const all = {
    ...{ HOST: '127.0.0.1', ADMIN_HOST: '127.0.0.1', PARTNER_SECRET: secret, STORE_KEY: storeKey },
    ...ports,
    REGISTRY_FOLDER: join(root, 'app/config/examples/data'),
    ...env,
  };
  const child = image.run(all);
  const started = startedChild(child, 110_000);
  await started.line(/gateway listens/);
  const check = image.run(all, image.healthCheck);
  const [status] = await once(check, 'exit');
  assert.equal(status, 0, 'the health check succeeds');
  const end = () => {
    started.kill('SIGTERM');
    return started.ended;
  };
  return { url: `http://127.0.0.1:${ports.PORT}`, end };
};

const search = async (url: string) => {
  const client = createClient({ url, clientId: 'social', clientSecret: secret, senderId: 'social.gov.example' });
  const { status, body } = await client.search({ type: 'urn:gov:national-id', value: '00778899' });
  assert.equal(status, 200);
  return body.message.search_response[0].data.reg_records[0].name.surname;
};

test('the image has what it runs with, nothing of development, and is not root’s', () => {
  assert.deepEqual(image.command, ['node', 'src/main.ts']);
  assert.notEqual(image.user, 'root');
  assert.deepEqual(image.ports, [8080]);
  const modules = join(root, 'app/node_modules');
  for (const name of ['express', 'agenda', 'mongodb']) assert.ok(existsSync(join(modules, name)), name);
  for (const name of ['typescript', '@biomejs', 'autocannon']) assert.ok(!existsSync(join(modules, name)), name);
  for (const name of ['test', 'bench', '.git', 'var']) assert.ok(!existsSync(join(root, 'app', name)), name);
});

test('two replicas as compose starts them serve a search from a read-only file system', {
  timeout: 120_000,
}, async (t) => {
  if (mongo === undefined || redis === undefined) {
    t.skip('MongoDB or Redis is not there');
    return;
  }
  const files = filesOf(root, '/app');
  const database = newDatabaseName();
  mount(root, '/etc/dci-gateway/gateway.yaml', config.replace('database: dci_gateway', `database: ${database}`));
  const env = { MONGODB_URL: mongo.url, REDIS_URL: redis.url };
  const replicas = await Promise.all(
    ['left', 'right'].map((name) =>
      startReplica({ ...env, STATE_FOLDER: ownFolder(root, `/var/lib/dci-gateway/${name}`) }),
    ),
  );
  for (const { url } of replicas) assert.equal(await search(url), 'Müller');
  for (const replica of replicas) assert.equal((await replica.end()).code, 0);
  assert.deepEqual(filesOf(root, '/app'), files, 'nothing was written beside the program');
  await mongo.drop(database);
});

test('compose gives the gateway every variable that its configuration asks for', () => {
  const { gateway, mongo: database, redis: limits } = compose.services;
  const asked = [...config.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(asked)].sort(), Object.keys(gateway.environment).sort());
  assert.equal(gateway.deploy.replicas, 2);
  assert.equal(gateway.read_only, true);
  assert.deepEqual(Object.keys(gateway.depends_on), ['mongo', 'redis']);
  for (const service of [database, limits]) assert.ok(service.healthcheck.test.length > 0);
  assert.match(database.command.join(' '), /--replSet rs0/);
  assert.match(gateway.environment.MONGODB_URL, /^mongodb:\/\/mongo:27017\/\?replicaSet=rs0$/);
  const [file, target] = gateway.volumes[0].split(':');
  assert.ok(existsSync(join(PROJECT, file)));
  assert.match(read('Dockerfile'), new RegExp(`DCI_CONFIG=${target}\\b`));
});
