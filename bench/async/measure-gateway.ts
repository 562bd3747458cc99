/** The gateway in a process of its own, as `npm start` starts it: what it accepts, and when the callbacks of all that have arrived. */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeGatewayConfig } from '../gateway-config.ts';
import { generateLoad, type Job } from '../load.ts';
import { makeRegistry } from '../make-registry.ts';
import { firstAnswer, startGateway } from '../subject.ts';
import { arrivalsAt, now } from './arrivals.ts';

export interface GatewayRates {
  /** Answered with 202: verified, stored, on the disk. */
  readonly acceptedPerSecond: number;
  /** Accepted, searched and delivered, from the first request to the last callback. */
  readonly throughPerSecond: number;
}

const PERSONS = 20_000;
const CONNECTIONS = 16;
const HIGHEST_RATE = 4_000;
const PATIENCE_MS = 300_000;

/** @param origin of the receiver */
export const measureGateway = async (origin: string, seconds: number): Promise<GatewayRates> => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-bench-'));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const partner = {
    ...{ clientId: 'bench', secret: randomBytes(24).toString('base64url'), senderId: 'bench.example.org' },
    ...{ keyId: 'key-1', publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    callbacks: origin,
  };
  const registry = join(folder, 'registry.sqlite');
  const config = join(folder, 'gateway.yaml');
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  makeRegistry(registry, PERSONS);
  writeGatewayConfig(config, registry, partner);
  const { clientId, secret } = partner;
  const crypto = 'sodium'; // where it is installed
  const { server, token } = await startGateway({
    crypto,
    config,
    stateFolder: join(folder, 'state'),
    clientId,
    secret,
  });
  cleanUp.defer(server.stop);
  const job: Job = {
    ...{ port: server.port, path: '/registry/search', connections: CONNECTIONS, seconds, token, persons: PERSONS },
    ...{ requests: HIGHEST_RATE * seconds, status: 202, expect: '"ACK"', query: 'identifier', pageSize: 20 },
    ...{ senderId: partner.senderId, keyId: partner.keyId, senderUri: `${origin}/dci` },
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  await firstAnswer(job);
  await arrived(origin, 1);
  await arrivalsAt(origin, '/reset');
  const began = now();
  const { perSecond, requests } = await generateLoad(job);
  const last = await arrived(origin, requests);
  // Making and signing the requests is not the gateway's time: the first callback comes when the load begins.
  const { first = began } = await arrivalsAt(origin);
  return { acceptedPerSecond: perSecond, throughPerSecond: requests / ((last - first) / 1000) };
};

/** @returns when the last came */
const arrived = async (origin: string, wanted: number): Promise<number> => {
  const until = now() + PATIENCE_MS;
  for (;;) {
    const { count, last = Number.NaN } = await arrivalsAt(origin);
    if (count >= wanted) return last;
    if (now() > until) throw new Error(`${count} of ${wanted} callbacks came`);
    await sleep(50);
  }
};
