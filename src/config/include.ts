import { resolve } from 'node:path';
import type { Environment } from './environment.ts';
import { nearestPlace, type Place, placeOf } from './place.ts';
import { readYaml, type YamlTree } from './read-yaml.ts';
import type { Problem } from './source.ts';

/**
 * A registry may stand in a file of its own: `registries: { social: { file: social.yaml } }`. The file holds what
 * would stand in its place; paths in it are taken from the folder of the main file all the same.
 */
export const includeRegistries = async (
  tree: YamlTree,
  folders: { readonly base: string; readonly shown: string },
  env: Environment,
  problems: Problem[],
): Promise<void> => {
  const registries = child(tree.value, 'registries');
  if (!isMap(registries)) return;
  for (const [id, entry] of Object.entries(registries)) {
    if (!isMap(entry) || typeof entry.file !== 'string') continue;
    const others = Object.keys(entry).filter((key) => key !== 'file');
    for (const key of others) {
      problems.push({
        at: placeOf(tree.place, ['registries', id, key]),
        path: `registries.${id}.${key}`,
        problem: 'stands beside file',
        fix: 'write it into that file',
      });
    }
    const included = await readYaml(shownPath(folders, entry.file), env, problems, {
      at: placeOf(tree.place, ['registries', id, 'file']),
      path: ['registries', id],
      key: 'file',
    });
    registries[id] = included.value;
    nearestPlace(tree.place, ['registries']).below.set(id, included.place satisfies Place);
  }
};

/** The path to read and to show in problems: below the main file's folder, as that was written. */
const shownPath = ({ base, shown }: { readonly base: string; readonly shown: string }, file: string): string => {
  const absolute = resolve(base, file);
  return absolute.startsWith(`${base}/`) ? `${shown}${absolute.slice(base.length + 1)}` : absolute;
};

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const child = (value: unknown, key: string): unknown => (isMap(value) ? value[key] : undefined);
