/**
 * A state folder with one key in it, the RSA key, which takes longer to make than the rest of a start: for the gateways of
 * all test files. Every other key each gateway makes for itself. How keys are made is tested in `test/security/keys`.
 */

import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSealer } from '../../src/security/at-rest.ts';
import { idInLine, LINES } from '../../src/security/keys/key-lines.ts';
import { makeStoredKey } from '../../src/security/keys/own-key.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { PROJECT } from './source-files.ts';

const MADE_OF = ['src/security/at-rest.ts', 'src/security/keys/*.ts', 'src/store/**/*.ts'];
const LINE = 'encryption-rsa';

/** Answers what makes the state folder of a gateway that has none yet. */
export const sharedKeys = (): ((stateFolder: string) => Promise<void>) => {
  const hash = createHash('sha256');
  for (const file of globSync(MADE_OF, { cwd: PROJECT }).sort())
    hash.update(file).update(readFileSync(join(PROJECT, file)));
  const parent = join(PROJECT, 'node_modules/.cache/dci-gateway-keys');
  const shared = join(parent, hash.digest('hex').slice(0, 32));
  return async (stateFolder) => {
    if (!existsSync(shared)) {
      mkdirSync(parent, { recursive: true, mode: 0o700 });
      const part = join(parent, randomUUID());
      await makeIn(part);
      share(part, shared);
    }
    mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
    cpSync(shared, stateFolder, { recursive: true });
  };
};

const makeIn = async (folder: string): Promise<void> => {
  const { use, kind } = LINES[LINE];
  const store = await openSqliteStore({ folder, clock: Date.now, role: 'command' });
  const { sealer } = await openSealer({ folder });
  await store.keys.insertIfAbsent(
    await makeStoredKey(sealer, kind, { id: idInLine(LINE, 1), use, createdAt: Date.now(), activeFrom: 0 }),
  );
  await store.close();
};

/** Named when it is whole; of two processes that made one at the same time the first is kept. */
const share = (part: string, shared: string): void => {
  try {
    renameSync(part, shared);
  } catch (cause) {
    if (!existsSync(shared)) throw cause;
    rmSync(part, { recursive: true });
  }
};
