/** Long work in small pieces: between two of them, now and then, everybody else has a turn. */

import { setImmediate } from 'node:timers/promises';

const TURN_MS = 5;

/** To be awaited between two pieces of the work. */
export type FairTurns = () => Promise<void> | undefined;

export const fairTurns = (): FairTurns => {
  let since = performance.now();
  return () => {
    if (performance.now() - since < TURN_MS) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
};
