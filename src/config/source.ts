/** A piece of YAML with the places of its nodes, so that a problem found late still names file, line and column. */
export interface LocatedYaml {
  /** Plain value of the section, `${NAME}` filled in. */
  readonly value: unknown;
  /** `file:line:col` of the node at this path below the section (of the nearest one above it that exists). */
  at(path: readonly (string | number)[]): string;
  /** Where the section stands in the configuration: paths of problems start with it. Absent: at the top. */
  readonly path?: readonly (string | number)[];
}

/** One mistake in a configuration: all that are found are reported at once. */
export interface Problem {
  /** `config/gateway.yaml:12:5` */
  readonly at: string;
  /** Dotted path of the key. */
  readonly path: string;
  readonly problem: string;
  /** How to mend it. */
  readonly fix?: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** `config/gateway.yaml:12:5 server.port must be a number. Fix: write a number from 0 to 65535` */
export const formatProblem = ({ at, path, problem, fix }: Problem): string =>
  `${at} ${path === '' ? '' : `${path} `}${problem}${fix === undefined ? '' : `. Fix: ${fix}`}`;
