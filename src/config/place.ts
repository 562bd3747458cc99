import type { LocatedYaml } from './source.ts';

/** Where a node of a configuration stands, and the nodes below it. A tree beside the plain value. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly below: Map<string, Place>;
  /** The value came from an environment variable: it is text, whatever the schema wants. */
  readonly fromEnvironment?: boolean;
}

export type Path = readonly (string | number)[];

/** `file:line:col` of the node at this path, or of the nearest one above it that exists. */
export const placeOf = (root: Place, path: Path): string => {
  const { file, line, column } = nearestPlace(root, path);
  return `${file}:${line}:${column}`;
};

/** The node at this path, or the nearest one above it. */
export const nearestPlace = (root: Place, path: Path): Place => {
  let place = root;
  for (const key of path) {
    const below = place.below.get(String(key));
    if (below === undefined) return place;
    place = below;
  }
  return place;
};

/** A section of a configuration with its places. @param path where it stands */
export const located = (value: unknown, place: Place, path: Path = []): LocatedYaml => ({
  value,
  path,
  at: (path) => placeOf(place, path),
});
