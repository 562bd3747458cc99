/** Collects every mistake of a mapping, each with file, line and a way to mend it. */

import { nearestName } from '../config/nearest-name.ts';
import { ConfigError, type LocatedYaml, type Problem } from '../config/source.ts';

/** Keys from the registry's section down: `['records', 'Person', 'fields', 'sex']`. */
export type YamlPath = readonly (string | number)[];

export interface Report {
  add(path: YamlPath, problem: string, fix?: string): void;
  /** A name that is not among the known ones. */
  unknown(path: YamlPath, what: string, name: string, known: Iterable<string>): void;
  /** All that was added. */
  readonly problems: readonly Problem[];
  /** Throws `ConfigError` with all that was added. */
  settle(): void;
}

export const createReport = (source: LocatedYaml): Report => {
  const problems: Problem[] = [];
  const add = (path: YamlPath, problem: string, fix?: string): void => {
    const whole = [...(source.path ?? []), ...path].join('.');
    const entry = { at: source.at(path), path: whole, problem, ...(fix !== undefined && { fix }) };
    if (!problems.some((each) => each.path === entry.path && each.problem === problem)) problems.push(entry);
  };
  return {
    problems,
    add,
    unknown(path, what, name, known) {
      const names = [...known];
      const nearest = nearestName(name, names);
      const listed = names.slice(0, 30).join(', ');
      add(
        path,
        `names ${what} ${name}, which is unknown`,
        nearest === undefined ? `use one of ${listed}` : `did you mean ${nearest}?`,
      );
    },
    settle() {
      if (problems.length > 0) throw new ConfigError(problems);
    },
  };
};
