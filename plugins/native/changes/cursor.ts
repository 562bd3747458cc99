/** Cursors are JSON of a version of their own; one that cannot be read is the caller's fault and never a silent start. */

import { BackendError } from 'dci-gateway/plugin';

export const writeCursor = (kind: string, state: object): string => JSON.stringify({ kind, ...state });

/** Undefined at the first call. The shape behind `kind` is what `writeCursor` wrote: nobody else makes cursors. */
export const readCursor = <State>(kind: string, cursor: string | undefined): State | undefined => {
  if (cursor === undefined) return undefined;
  let read: unknown;
  try {
    read = JSON.parse(cursor);
  } catch (cause) {
    throw new BackendError('refused', 'a cursor of changes cannot be read', { cause });
  }
  if (typeof read !== 'object' || read === null || (read as { kind?: unknown }).kind !== kind)
    throw new BackendError('refused', `a cursor of changes is not one of ${kind}`);
  return read as State;
};
