import type { ValidateFunction } from 'ajv';
import type { NamedPaths } from '../mapping/named-paths.ts';
import type { PluginDefinition } from '../plugin.ts';
import { loadPlugin, PluginLoadError } from '../plugins/load.ts';
import type { RegistryConfig } from './config.ts';
import type { Mistake } from './explain.ts';
import { mappingOf } from './mapping-of.ts';
import { nearestPlace, type Place, placeOf } from './place.ts';
import { ConfigError, type Problem } from './source.ts';
import { compileSchema, findMistakes } from './validate.ts';

/** Checks a registry's backend by its plugin and its records by the mapping. By record type what rights can name, when it can be read. */
export const checkRegistry = async (
  registry: RegistryConfig,
  place: Place,
  baseFolder: string,
  problems: Problem[],
): Promise<ReadonlyMap<string, NamedPaths> | undefined> => {
  const below = nearestPlace(place, ['registries', registry.id, 'backend']);
  const told = new Set(problems.map(({ path }) => path)); // a variable that is not set: nothing more is said of its value
  for (const { path, ...mistake } of await backendMistakes(registry, below, baseFolder)) {
    const named = ['registries', registry.id, 'backend', ...path].join('.');
    if (!told.has(named)) problems.push({ at: placeOf(below, path), path: named, ...mistake });
  }
  try {
    return mappingOf(registry).paths;
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    problems.push(...cause.problems);
    return undefined;
  }
};

const backendMistakes = async (
  { backend }: RegistryConfig,
  place: Place,
  baseFolder: string,
): Promise<readonly Mistake[]> => {
  let plugin: PluginDefinition;
  try {
    plugin = await loadPlugin(backend.plugin, baseFolder);
  } catch (cause) {
    if (cause instanceof PluginLoadError) return [{ path: ['plugin'], problem: `cannot be: ${cause.message}` }];
    throw cause;
  }
  const compiled = compiledSchema(plugin);
  if (typeof compiled === 'string') return [{ path: ['plugin'], problem: compiled }];
  const mistakes = findMistakes(compiled, backend.options, place);
  return mistakes.length > 0 ? mistakes : (plugin.check?.(backend.options) ?? []);
};

const compiledSchema = (plugin: PluginDefinition): ValidateFunction | string => {
  try {
    return compileSchema(plugin.configSchema, 'plugin');
  } catch (cause) {
    return `has a configSchema that cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
};
