/** Why a gateway does not start, in sentences for the operator. */

import { ConfigError } from '../config/source.ts';
import { StoreError } from '../store/store.ts';

export class StartProblem extends Error {
  override readonly name = 'StartProblem';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** What the operator can mend, said plainly; undefined for a fault of ours. */
export const plainProblem = (cause: unknown): string | undefined => {
  const known = cause instanceof ConfigError || cause instanceof StartProblem || cause instanceof StoreError;
  return known || isSystemRefusal(cause) ? cause.message : undefined;
};

/** EADDRINUSE, EACCES. */
const isSystemRefusal = (cause: unknown): cause is Error =>
  cause instanceof Error && 'code' in cause && 'syscall' in cause;
