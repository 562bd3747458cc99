/** Starts a whole gateway on free ports, on the sample registry, with its own store. `await using gateway = await startGateway()`. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import { createGateway, type GatewayOptions } from '../../src/gateway.ts';
import type { Log } from '../../src/log.ts';
import { type Client, type ClientOptions, createClient } from './client.ts';
import { keptHashes } from './kept-hashes.ts';
import { linkSample } from './own-sample.ts';
import { type LogLine, recordedLog } from './recorded-log.ts';
import { sharedKeys } from './shared-keys.ts';
import { sharedSnapshots } from './shared-snapshots.ts';

/** The demo partner of the guide, and one that signs, as in config/gateway.yaml. */
export const DEMO_PARTNER = {
  client_id: 'external_system',
  client_secret: 'secret123',
  sender_ids: ['external.system.org'],
  demo: true,
  signature: { require: 'optional' },
  registries: { social: { search: 'any', records: 'all' } },
};

export const OPENSPP_PARTNER = {
  ...DEMO_PARTNER,
  client_id: 'integrating_server',
  sender_ids: ['https://integrating-server.com'],
  output: { profile: 'openspp' },
};

export interface StartOptions {
  /** Sections as in YAML, laid over the defaults a level deep. */
  readonly config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly gateway?: Partial<Omit<GatewayOptions, 'log'>>;
  readonly log?: Log;
}

export interface RunningGateway extends AsyncDisposable {
  readonly url: string;
  readonly adminUrl: string;
  /** Every path that it serves to partners. */
  readonly paths: readonly string[];
  readonly folder: string;
  readonly log: readonly LogLine[];
  client(options?: Partial<ClientOptions>): Client;
  close(): Promise<void>;
}

const snapshots = sharedSnapshots();
const lendKeys = sharedKeys();
const slowHash = keptHashes();

/** Limits wide enough not to be met by accident. */
const DEFAULTS = {
  server: { host: '127.0.0.1', port: 0, admin: { host: '127.0.0.1', port: 0 }, shutdown: '2s' },
  identity: { id: 'gateway.example.org' },
  store: { folder: 'var' },
  limits: { per_minute: 10_000, per_day: 1_000_000, address_per_minute: 100_000, concurrent_searches: 100 },
  registries: { social: { file: 'sample/registry.yaml' } },
  partners: { 'external-system': DEMO_PARTNER, 'integrating-server': OPENSPP_PARTNER },
};

export const startGateway = async ({
  config = {},
  gateway: options = {},
  log,
}: StartOptions = {}): Promise<RunningGateway> => {
  const recorded = recordedLog();
  const { folder, file } = await writeConfig(config);
  try {
    const loaded = await loadConfig({ file, env: {} });
    const { folder: state, mongodb, encryptionKey } = loaded.store;
    const lent = mongodb === undefined && encryptionKey === undefined && !existsSync(state);
    if (lent) await lendKeys(state);
    const [registry] = config.registries === undefined ? loaded.registries : []; // as it is: the sample
    const kept = registry && join(loaded.store.folder, 'registries', registry.id);
    if (kept !== undefined) snapshots.lendTo(kept);
    const gateway = await createGateway(loaded, {
      ...{ log: log ?? recorded.log, retryMs: [50], ...options },
      ...(lent && { slowHash }), // with other keys the hashes are others
    });
    const { url, adminUrl } = await gateway.start().catch(async (cause: unknown) => {
      await gateway.close();
      throw cause;
    });
    if (kept !== undefined) snapshots.takeFrom(kept);
    const close = async (): Promise<void> => {
      await gateway.close();
      await rm(folder, { recursive: true, force: true });
    };
    return {
      url,
      adminUrl,
      paths: gateway.paths,
      folder,
      log: recorded.lines,
      client: (over = {}) => createClient({ url, ...over }),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
};

/** A folder with a configuration on the sample registry, for those who start the gateway by themselves. */
export const writeConfig = async (
  config: NonNullable<StartOptions['config']> = {},
): Promise<{ folder: string; file: string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'dci-gateway-test-'));
  linkSample(folder);
  const file = join(folder, 'gateway.yaml');
  await writeFile(file, JSON.stringify(merged(config), null, 1)); // JSON is YAML
  return { folder, file };
};

const merged = (config: NonNullable<StartOptions['config']>): object => {
  const sections: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, section] of Object.entries(config)) {
    const known = sections[name];
    sections[name] = typeof known === 'object' && known !== null ? { ...known, ...section } : section;
  }
  return sections;
};
