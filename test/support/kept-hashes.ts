/**
 * The slow hashes of typed secrets, kept for the gateways of all test files: with the lent keys (shared-keys.ts) they are
 * the same at every start, and take longer than the rest of it. How secrets are hashed is tested in `test/security/secrets`.
 */

import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HASH_FUNCTIONS, type HashFunctions } from '../../src/security/secrets.ts';
import { PROJECT } from './source-files.ts';

const MADE_BY = 'src/security/secrets.ts';

/** What scrypt answers, asked once. */
export const keptHashes = (): HashFunctions['slow'] => {
  const version = digestOf(readFileSync(join(PROJECT, MADE_BY)));
  const parent = join(PROJECT, 'node_modules/.cache/dci-gateway-hashes', version);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  return async (text, salt, length) => {
    const file = join(parent, digestOf(JSON.stringify([text, salt.toString('hex'), length])));
    if (existsSync(file)) return readFileSync(file);
    const made = await HASH_FUNCTIONS.slow(text, salt, length);
    const part = `${file}.${randomUUID()}`;
    writeFileSync(part, made, { mode: 0o600 });
    renameSync(part, file);
    return made;
  };
};

const digestOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 32);
