/** Waits for what comes a little later. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 20;

export const until = async (isSo: () => boolean | Promise<boolean>, withinMs = 5_000): Promise<void> => {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(EVERY_MS)) {
    if (await isSo()) return;
  }
  assert.fail(`it does not come within ${withinMs} ms`);
};
