import { existsSync, readFileSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PluginDefinition } from '../plugin.ts';

/** Plugins that come with the gateway. Written out, so that the packed form finds them too. */
const BUILT_IN: Readonly<Record<string, () => Promise<unknown>>> = {
  sql: () => import('../../plugins/sql/index.ts'),
  csv: () => import('../../plugins/csv/index.ts'),
  openspp: () => import('../../plugins/openspp/index.ts'),
  passthrough: () => import('../../plugins/passthrough/index.ts'),
};

/** A plugin that cannot be used, in a sentence for the operator. */
export class PluginLoadError extends Error {
  override readonly name = 'PluginLoadError';
}

/**
 * The definition of a plugin: a built-in by name, a file by a path (`./registry-plugin.ts`, taken from `baseFolder`), or
 * an npm package that is installed beside the configuration or the gateway. Throws `PluginLoadError`.
 */
export const loadPlugin = async (name: string, baseFolder: string): Promise<PluginDefinition> => {
  const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  return proved(name, builtIn === undefined ? await importModule(name, baseFolder) : await builtIn());
};

const importModule = async (name: string, baseFolder: string): Promise<unknown> => {
  const url = name.startsWith('.') || name.startsWith('/') ? fileUrl(name, baseFolder) : packageUrl(name, baseFolder);
  try {
    return await import(url);
  } catch (cause) {
    throw cannotLoad(name, cause);
  }
};

const fileUrl = (name: string, baseFolder: string): string => {
  const file = resolve(baseFolder, name);
  if (!existsSync(file)) throw new PluginLoadError(`the plugin ${name} is not there: no file ${file}`);
  return pathToFileURL(file).href;
};

const packageUrl = (name: string, baseFolder: string): string => {
  for (const from of [resolve(baseFolder, 'gateway.yaml'), import.meta.filename]) {
    try {
      return pathToFileURL(createRequire(from).resolve(name)).href;
    } catch (cause) {
      if (hasCode(cause, 'ERR_PACKAGE_PATH_NOT_EXPORTED')) return importEntry(name, from);
      if (!hasCode(cause, 'MODULE_NOT_FOUND')) throw cannotLoad(name, cause);
    }
  }
  throw new PluginLoadError(
    `there is no plugin ${name}: it is none of ${Object.keys(BUILT_IN).join(', ')}, no path (./…) and no installed package`,
  );
};

/** The entry of a package whose `exports` name an `import` condition only, which `require.resolve` does not see. */
const importEntry = (name: string, from: string): string => {
  const manifest = findPackageJSON(name, pathToFileURL(from));
  const exports: unknown = manifest === undefined ? undefined : JSON.parse(readFileSync(manifest, 'utf8')).exports;
  const main = member(exports, '.') ?? exports;
  const entry = member(main, 'import') ?? member(main, 'node') ?? member(main, 'default');
  const file = member(entry, 'default') ?? entry;
  if (manifest === undefined || typeof file !== 'string')
    throw new PluginLoadError(`the plugin ${name} exports no module`);
  return pathToFileURL(resolve(dirname(manifest), file)).href;
};

const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && key in value ? (value as Record<string, unknown>)[key] : undefined;

const cannotLoad = (name: string, cause: unknown): PluginLoadError =>
  new PluginLoadError(`the plugin ${name} cannot be loaded: ${reason(cause)}`, { cause });

const hasCode = (cause: unknown, code: string): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === code;

const reason = (cause: unknown): string =>
  cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);

const proved = (name: string, module: unknown): PluginDefinition => {
  const definition = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  const missing = missingPart(definition);
  if (missing === undefined) return definition as PluginDefinition; // its parts were just looked at
  throw new PluginLoadError(
    `the plugin ${name} must export default definePlugin({ name, configSchema, create }): ${missing}`,
  );
};

const missingPart = (definition: unknown): string | undefined => {
  if (typeof definition !== 'object' || definition === null) return 'there is no default export of that kind';
  const { name, configSchema, create, check } = definition as Record<string, unknown>; // looked at one by one
  if (typeof name !== 'string') return 'name is no text';
  if (typeof configSchema !== 'object' || configSchema === null) return 'configSchema is no JSON Schema';
  if (typeof create !== 'function') return 'create is no function';
  return check === undefined || typeof check === 'function' ? undefined : 'check is no function';
};
