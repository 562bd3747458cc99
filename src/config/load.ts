import { dirname, resolve } from 'node:path';
import type { NamedPaths } from '../mapping/named-paths.ts';
import type { FieldScopes } from '../security/field-scopes.ts';
import { checkMounts } from './check-mounts.ts';
import { checkPartners } from './check-partners.ts';
import { checkPolicies } from './check-policies.ts';
import { checkReferences } from './check-references.ts';
import { checkRegistry } from './check-registry.ts';
import { checkRights } from './check-rights.ts';
import { checkScopes } from './check-scopes.ts';
import { checkSections } from './check-sections.ts';
import type { Config, ConfiguredPartner } from './config.ts';
import type { Environment } from './environment.ts';
import type { Mistake } from './explain.ts';
import { includeRegistries } from './include.ts';
import { type Place, placeOf } from './place.ts';
import { readKeys } from './read-keys.ts';
import { readPartner } from './read-partners.ts';
import { readRegistries } from './read-registries.ts';
import { readYaml } from './read-yaml.ts';
import { type RawConfig, readSections, rootSchema } from './schema/root.ts';
import { ConfigError, type Problem } from './source.ts';
import { compileSchema, findMistakes } from './validate.ts';

export interface LoadOptions {
  /** The YAML file; problems show the path as it is written here. */
  readonly file: string;
  readonly env: Environment;
}

type RecordTypes = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Reads, checks and completes a configuration: file, environment, plugins' sections and mappings. The same for the
 * start and for `check`. Throws `ConfigError` with every problem found; connects to nothing.
 */
export const loadConfig = async ({ file, env }: LoadOptions): Promise<Config> => {
  const problems: Problem[] = [];
  const baseFolder = dirname(resolve(file));
  const tree = await readYaml(file, env, problems);
  await includeRegistries(tree, { base: baseFolder, shown: file.slice(0, file.lastIndexOf('/') + 1) }, env, problems);
  const value = tree.value ?? {};
  const mistakes = findMistakes(compileSchema(rootSchema), value, tree.place);
  report(problems, tree.place, mistakes);

  const raw = value as RawConfig; // the schema has passed, or what it found is left out here and stops the load below
  const registries = readRegistries(soundRegistries(raw, mistakes), tree.place);
  const paths = new Map<string, ReadonlyMap<string, NamedPaths>>();
  for (const registry of registries) {
    const named = await checkRegistry(registry, tree.place, baseFolder, problems);
    if (named !== undefined) paths.set(registry.id, named);
  }
  const recordTypes: RecordTypes = new Map([...paths].map(([id, named]) => [id, new Set(named.keys())]));
  if (mistakes.length > 0) throw new ConfigError(inOrder(problems));
  const { allow_origins: allowOrigins, private_origins: privateOrigins } = raw.outbound;
  const origins = { allowOrigins, privateOrigins };
  report(problems, tree.place, [
    ...checkSections(raw),
    ...checkMounts(raw.registries),
    ...checkPartners(raw.partners, origins),
    ...checkReferences(raw.partners, raw.registries, recordTypes),
    ...registries.flatMap((registry) => checkScopes(registry, paths.get(registry.id))),
    ...checkRights(raw.partners, paths),
    ...checkPolicies(raw.partners, registries, recordTypes, origins),
  ]);
  const scopes = new Map(registries.map((registry) => [registry.id, registry.scopes]));
  const partners = await readPartners(raw, { baseFolder, recordTypes, scopes, place: tree.place, problems });
  if (problems.length > 0) throw new ConfigError(inOrder(problems));
  return { ...readSections(raw, baseFolder), partners, registries, baseFolder };
};

/** Entries without a mistake: their plugin and mapping can be asked although another part of the file is wrong. */
const soundRegistries = (raw: Partial<RawConfig>, mistakes: readonly Mistake[]): RawConfig['registries'] => {
  const wrong = new Set(mistakes.filter(({ path }) => path[0] === 'registries').map(({ path }) => path[1]));
  if (wrong.has(undefined)) return {};
  return Object.fromEntries(Object.entries(raw.registries ?? {}).filter(([id]) => !wrong.has(id)));
};

/** What was said of a value already (a variable that is not set) is not followed by what the schema then thinks of it. */
const report = (problems: Problem[], place: Place, mistakes: readonly Mistake[]): void => {
  const told = new Set(problems.map(({ path }) => path));
  for (const { path, ...mistake } of mistakes) {
    if (!told.has(path.join('.'))) problems.push({ at: placeOf(place, path), path: path.join('.'), ...mistake });
  }
};

interface PartnersContext {
  readonly baseFolder: string;
  readonly recordTypes: RecordTypes;
  readonly scopes: ReadonlyMap<string, FieldScopes>;
  readonly place: Place;
  readonly problems: Problem[];
}

const readPartners = async (raw: RawConfig, context: PartnersContext): Promise<readonly ConfiguredPartner[]> => {
  const partners: ConfiguredPartner[] = [];
  for (const [id, entry] of Object.entries(raw.partners)) {
    const { mistakes, ...keys } = await readKeys(entry.keys, context.baseFolder);
    report(
      context.problems,
      context.place,
      mistakes.map((each) => ({ ...each, path: ['partners', id, ...each.path] })),
    );
    const { recordTypes, scopes } = context;
    const read = readPartner(id, entry, {
      ...keys,
      recordTypes,
      scopes,
      defaultProfile: raw.signatures.default_profile,
    });
    partners.push({ ...read, at: (path) => placeOf(context.place, ['partners', id, ...path]) });
  }
  return partners;
};

/** As they stand in the files, the main file's and the included ones' in the order they were read. */
const inOrder = (problems: readonly Problem[]): readonly Problem[] => {
  const files = [...new Set(problems.map(({ at }) => split(at).file))];
  return problems
    .map((problem) => ({ problem, ...split(problem.at) }))
    .sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column)
    .map(({ problem }) => problem);
};

const split = (at: string): { readonly file: string; readonly line: number; readonly column: number } => {
  const [column, line, ...file] = at.split(':').reverse();
  return { file: file.reverse().join(':'), line: Number(line), column: Number(column) };
};
