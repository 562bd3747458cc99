/**
 * `npm run bench`: the gateway beside a floor, on this machine, in one run, in turns. Prints ratios, and the goals beside them.
 * BENCH_PERSONS, BENCH_TURNS, BENCH_SECONDS and BENCH_WARM_UP make it smaller for a trial.
 */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { importSodium } from '../src/security/signatures/sodium.ts';
import { writeGatewayConfig } from './gateway-config.ts';
import { generateLoad, type Job, type Measured } from './load.ts';
import { makeRegistry } from './make-registry.ts';
import { measureBackend } from './measure-backend.ts';
import { measureCanonical } from './measure-canonical.ts';
import { type Figures, report } from './report.ts';
import { median } from './statistics.ts';
import { firstAnswer, type Subject, startFloor, startGateway, startLeast } from './subject.ts';

const persons = Number(process.env.BENCH_PERSONS ?? 1_000_000);
const turns = Number(process.env.BENCH_TURNS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const warmUpSeconds = Number(process.env.BENCH_WARM_UP ?? 20);

const CONNECTIONS = 16;
const PAGE = 100;
const HIGHEST_RATE = 8000; // a second: how many requests are made beforehand

const folder = resolve(process.env.BENCH_FOLDER ?? 'var/bench');
const registry = `${folder}/registry-${persons}.sqlite`;
const config = `${folder}/gateway.yaml`;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const partner = {
  clientId: 'bench',
  secret: randomBytes(24).toString('base64url'),
  senderId: 'bench.example.org',
  keyId: 'key-1',
  publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
};

console.log(
  `registry of ${persons.toLocaleString('en')} persons, ${turns} turns of ${seconds} s, ${CONNECTIONS} connections`,
);
makeRegistry(registry, persons);
writeGatewayConfig(config, registry, partner);

const jobFor = ({ server, token }: Subject, changes: Partial<Job> = {}): Job => ({
  port: server.port,
  path: '/registry/sync/search',
  connections: CONNECTIONS,
  seconds,
  requests: Math.ceil(HIGHEST_RATE * seconds),
  status: 200,
  expect: '"signature"',
  query: 'identifier',
  pageSize: 20,
  persons,
  token,
  senderId: partner.senderId,
  keyId: partner.keyId,
  privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ...changes,
});

const onePerson = { expect: '"identifier_value"' };
await using running = new AsyncDisposableStack();
const started = (subject: Subject): Subject => {
  running.defer(subject.server.stop);
  return subject;
};
const gateways: Subject[] = [];
const hasSodium = await importSodium().then(
  () => true,
  () => false,
); // an optional dependency
if (!hasSodium) console.log('sodium-native is not installed: measured on node:crypto only');
const cryptos = hasSodium ? (['node', 'sodium'] as const) : (['node'] as const);
for (const crypto of cryptos) {
  const stateFolder = `${folder}/state-${crypto}`;
  rmSync(stateFolder, { recursive: true, force: true });
  const { clientId, secret } = partner;
  gateways.push(started(await startGateway({ crypto, config, stateFolder, clientId, secret })));
}
const [node] = gateways;
if (node === undefined) throw new Error('no gateway');
const answer = await firstAnswer(jobFor(node, onePerson));
const floor = started(await startFloor(answer.length));
const leasts: Subject[] = [];
for (const crypto of cryptos)
  leasts.push(started(await startLeast(crypto, registry, `${folder}/least-${crypto}.sqlite`, partner.publicKeyPem)));

/** Measurements by subject, in turn so that a slow minute of the machine hits all of them. */
const inTurn = async (subjects: readonly Subject[], changes: Partial<Job>): Promise<Map<Subject, Measured[]>> => {
  const all = new Map<Subject, Measured[]>(subjects.map((subject) => [subject, []]));
  for (let turn = 0; turn < turns; turn++) {
    for (const subject of subjects) {
      const expected = subject === floor ? {} : onePerson;
      const measured = await generateLoad(jobFor(subject, { ...expected, ...changes }));
      all.get(subject)?.push(measured);
      console.log(
        `  ${subject.name}: ${measured.perSecond.toFixed(0)}/s, p50 ${measured.p50.toFixed(2)} ms, p99 ${measured.p99.toFixed(2)} ms`,
      );
    }
  }
  return all;
};

const middle = (measured: readonly Measured[] | undefined, of: (each: Measured) => number): number =>
  median((measured ?? []).map(of));

for (const subject of [floor, ...leasts, ...gateways]) {
  const expected = subject === floor ? {} : onePerson;
  const warmUp = { seconds: warmUpSeconds, requests: Math.ceil(HIGHEST_RATE * warmUpSeconds) };
  await generateLoad(jobFor(subject, { ...expected, ...warmUp }));
}
const loaded = await inTurn([floor, ...leasts, ...gateways], {});
const memory = node.server.peakMemory();
console.log('one connection:');
const alone = await inTurn([floor, ...leasts, ...gateways], { connections: 1, seconds: Math.min(2, seconds) });
console.log(`pages of ${PAGE}:`);
const pageJob = { connections: 1, seconds: Math.min(2, seconds), query: 'page', pageSize: PAGE } as const;
const pages = await inTurn([...leasts, ...gateways], pageJob);
const page = await firstAnswer(jobFor(node, { ...pageJob, ...onePerson }));
const backend = await measureBackend(config, persons);

const figuresOf = (subject: Subject): Figures => ({
  name: subject.name,
  perSecond: middle(loaded.get(subject), (each) => each.perSecond),
  p50: middle(loaded.get(subject), (each) => each.p50),
  p99: middle(loaded.get(subject), (each) => each.p99),
  alone: middle(alone.get(subject), (each) => each.p50),
  page: middle(pages.get(subject), (each) => each.p50),
});

report({
  floor: figuresOf(floor),
  leasts: leasts.map(figuresOf),
  gateways: gateways.map(figuresOf),
  backend,
  canonical: measureCanonical(page),
  memory,
});
