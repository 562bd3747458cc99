import type { ChangeSetup, ChangeWords } from '../../relational/changes/change-tools.ts';
import type { ServerOptions } from '../server-options.ts';

/** A server's rows are not copied: of a snapshot only hashes and keys are kept here. */
export const changeSetup = (
  { stateFolder, timeoutMs }: ServerOptions,
  words: ChangeWords,
): (ChangeSetup & { readonly timeoutMs: number }) | undefined =>
  stateFolder === undefined ? undefined : { words, stateFolder, keepsRows: false, timeoutMs };
