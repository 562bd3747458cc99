/** What a storm needs: a registry that changes, receivers that misbehave, a partner that signs, and a configuration for gateways. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSigningKey, type SigningKey } from '../client.ts';
import { type BadReceiver, startBadReceiver } from './bad-receiver.ts';
import { makeStormRegistry, type StormRegistry, stormRegistryEntry } from './storm-registry.ts';

export interface StormWorld extends AsyncDisposable {
  readonly folder: string;
  readonly config: string;
  readonly key: SigningKey;
  readonly registry: StormRegistry;
  readonly receivers: readonly BadReceiver[];
}

export interface StormOptions {
  /** Sections laid over the configuration. */
  readonly store?: object;
  readonly limits?: object;
}

export const CLIENT = { clientId: 'storm', clientSecret: 'a secret of this test', senderId: 'storm.example.org' };

const RECEIVERS = 3;
const PLENTY = 100_000_000;

export const stormWorld = async ({ store = {}, limits = {} }: StormOptions = {}): Promise<StormWorld> => {
  await using cleanUp = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'dci-storm-'));
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'registry.sqlite');
  const registry = cleanUp.use(makeStormRegistry(file));
  const receivers: BadReceiver[] = [];
  for (let index = 0; index < RECEIVERS; index++) receivers.push(cleanUp.use(await startBadReceiver()));
  const key = makeSigningKey();
  const origins = receivers.map(({ origin }) => origin);
  const config = join(folder, 'gateway.yaml');
  const sections = {
    server: { host: '127.0.0.1', port: 0, admin: { port: 0 }, shutdown: '2s' },
    identity: { id: 'gateway.example.org' },
    store: { folder: join(folder, 'state'), ...store },
    log: { level: 'info' },
    outbound: { timeout: '2s', allow_origins: origins, private_origins: origins },
    requests: { search_timeout: '5s' },
    deliveries: {
      retry: ['300ms', '600ms', '1s'],
      notify_longest_pause: '300ms',
      per_endpoint: 32,
      per_partner: 64,
    },
    subscriptions: { begin: 'all' },
    limits: {
      ...{ per_minute: PLENTY, per_day: PLENTY, records_per_day: PLENTY, identifiers_per_day: PLENTY },
      ...{ address_per_minute: PLENTY, concurrent_searches: 16, ...limits },
    },
    partners: {
      storm: {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        sender_ids: [CLIENT.senderId],
        keys: [{ key_id: key.keyId, jwk: key.publicJwk }],
        callbacks: origins,
        registries: { social: { search: 'any', records: 'all', actions: 'all' } },
      },
    },
    registries: { social: stormRegistryEntry(file) },
  };
  writeFileSync(config, JSON.stringify(sections)); // JSON is YAML
  const kept = cleanUp.move();
  return { folder, config, key, registry, receivers, [Symbol.asyncDispose]: () => kept.disposeAsync() };
};
