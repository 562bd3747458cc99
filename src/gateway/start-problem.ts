/** Why a gateway does not start, in sentences for the operator. */

import { ConfigError } from '../config/source.ts';
import { ERROR_RULES, GatewayError } from '../errors.ts';
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
  if (known || hasSentence(cause)) return cause.message;
  return isSystemRefusal(cause) ? `${cause.message}${fixOf(cause)}` : undefined;
};

/** One of its own says what is wrong: two partners of one name, a key that cannot be opened. */
const hasSentence = (cause: unknown): cause is GatewayError =>
  cause instanceof GatewayError && cause.message !== ERROR_RULES[cause.code].sentence;

/** `listen EADDRINUSE: address already in use 127.0.0.1:8080` names no setting. */
const fixOf = (cause: Error): string => {
  if (!('syscall' in cause && cause.syscall === 'listen')) return '';
  return '. Fix: write another port or host under server or server.admin, or end what listens there';
};

/** EADDRINUSE, EACCES. */
const isSystemRefusal = (cause: unknown): cause is Error =>
  cause instanceof Error && 'code' in cause && 'syscall' in cause;
