/** Loads the plugins, reads the mappings and opens the registries of a configuration. */

import { join } from 'node:path';
import type { Config, RegistryConfig } from '../config/config.ts';
import { ConfigError } from '../config/source.ts';
import type { Log } from '../log.ts';
import { dciEntities } from '../mapping/dci-records.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { readMapping } from '../mapping/read.ts';
import { loadPlugin } from '../plugins/load.ts';
import { missingMethod } from '../plugins/missing-method.ts';
import { type OpenedRegistry, openRegistry } from '../registry/open-registry.ts';
import { yesWhenMistake } from '../registry/yes-when.ts';
import { consentProblems, rightsProblems } from './check-rights.ts';
import type { ConnectUpstream } from './connect-upstreams.ts';
import type { FittingRegistry } from './fitting-partners.ts';

export interface OpenRegistriesInput {
  readonly config: Config;
  readonly log: Log;
  readonly progress: (line: string) => void;
  readonly retryMs?: readonly number[] | undefined;
  /** Called with each mapping that fits: what partners' rights and a plugin's settings say of each other is the caller's to look at. */
  readonly onFit?: (fitting: FittingRegistry) => void;
  /** Lent to plugins whose backend speaks DCI. */
  readonly connect: ConnectUpstream;
}

/**
 * Opens all, and waits for each one's first attempt to reach its backend. Rejects with a ConfigError when a mapping does
 * not fit its backend; a backend that is down does not keep the gateway from starting.
 */
export const openRegistries = async (input: OpenRegistriesInput): Promise<readonly OpenedRegistry[]> => {
  const opened: OpenedRegistry[] = [];
  try {
    for (const registry of input.config.registries) opened.push(await openOne(registry, input));
    await Promise.all(opened.map(({ firstAttempt }) => firstAttempt));
    return opened;
  } catch (cause) {
    await Promise.allSettled(opened.map((registry) => registry.close()));
    throw cause;
  }
};

const openOne = async (
  registry: RegistryConfig,
  { config, log, progress, retryMs, onFit, connect }: OpenRegistriesInput,
): Promise<OpenedRegistry> => {
  refuseYesWhen(registry);
  const definition = await loadPlugin(registry.backend.plugin, config.baseFolder);
  const unbound = readMapping(registry.mapping, {
    domain: registry.domain,
    timezone: registry.backend.timezone,
    entities: registry.backend.options.entities,
  });
  const plugin = await definition.create(registry.backend.options, {
    registry: registry.id,
    baseFolder: config.baseFolder,
    stateFolder: join(config.store.folder, 'registries', registry.id),
    log: log.child({ registry: registry.id }),
    progress,
    dci: {
      entities: (types) => dciEntities(registry.domain, types),
      connect: (options) => connect(registry.id, options),
    },
  });
  const problem = missingMethod(plugin);
  if (problem !== undefined) {
    const at = registry.backendSource.at(['plugin']);
    const path = `registries.${registry.id}.backend.plugin`;
    throw new ConfigError([{ at, path, problem: `cannot be ${registry.backend.plugin}: ${problem}` }]);
  }
  const onBound = (mapping: Mapping): void => {
    const problems = [...consentProblems(registry, mapping), ...rightsProblems(config.partners, registry.id, mapping)];
    if (problems.length > 0) throw new ConfigError(problems);
    refuseYesWhen(registry, mapping);
    if (plugin.upstream?.subscription !== undefined) refuseUselessSubscription(registry, mapping);
    onFit?.({ id: registry.id, plugin, mapping });
  };
  return openRegistry({
    config: registry,
    plugin,
    unbound,
    log,
    onBound,
    ...(retryMs === undefined ? {} : { retryMs }),
  });
};

/** What would be told at our wish would be thrown away. */
const refuseUselessSubscription = (registry: RegistryConfig, { changes }: Mapping): void => {
  if ((changes?.pushed.size ?? 0) > 0) return;
  const path = `registries.${registry.id}.backend.subscribe`;
  const problem = 'has nobody to tell: no source of changes takes pushed keys';
  const fix = 'add { push: true, touches: { …: "@key" } } to changes.sources';
  throw new ConfigError([{ at: registry.backendSource.at(['subscribe']), path, problem, fix }]);
};

const refuseYesWhen = (registry: RegistryConfig, mapping?: Mapping): void => {
  const problem = yesWhenMistake(registry, mapping);
  if (problem === undefined) return;
  throw new ConfigError([
    { at: registry.yesWhen?.at ?? '', path: `registries.${registry.id}.yes_when`, problem, fix: YES_WHEN_FIX },
  ]);
};

const YES_WHEN_FIX = 'write a query that its own record type can be searched by, or remove it';
