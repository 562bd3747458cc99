/** A folder of a test's own, removed with it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const temporaryFolder = async (): Promise<{ readonly folder: string } & AsyncDisposable> => {
  const folder = await mkdtemp(join(tmpdir(), 'dci-test-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};
