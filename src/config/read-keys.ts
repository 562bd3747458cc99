import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KeyProblem, readPublicKey } from '../security/keys/public-key.ts';
import type { PartnerKey } from '../security/partner.ts';
import type { Mistake } from './explain.ts';
import type { RawKey } from './schema/partners.ts';

/** The keys of one partner, each from a PEM, a JWK or a file with one of them. Mistakes carry paths below the partner. */
export const readKeys = async (
  raw: readonly RawKey[],
  baseFolder: string,
): Promise<{ readonly keys: readonly PartnerKey[]; readonly mistakes: readonly Mistake[] }> => {
  const keys: PartnerKey[] = [];
  const mistakes: Mistake[] = [];
  for (const [index, each] of raw.entries()) {
    const read = await readKey(each, baseFolder);
    if (typeof read === 'string') mistakes.push({ path: ['keys', index], problem: read });
    else if (keys.some(({ keyId }) => keyId === read.keyId))
      mistakes.push({ path: ['keys', index, 'key_id'], problem: 'is there twice' });
    else keys.push(read);
  }
  return { keys, mistakes };
};

const readKey = async (raw: RawKey, baseFolder: string): Promise<PartnerKey | string> => {
  const sources = [raw.pem, raw.jwk, raw.file].filter((source) => source !== undefined);
  if (sources.length !== 1) return 'needs one of pem, jwk and file';
  try {
    const source = raw.pem ?? raw.jwk ?? (await readFile(resolve(baseFolder, raw.file ?? ''), 'utf8'));
    const { algorithm, jwk } = await readPublicKey(source);
    return { keyId: raw.key_id, algorithm, jwk, source: 'pinned', active: raw.active };
  } catch (cause) {
    if (cause instanceof KeyProblem) return `cannot be used. ${cause.message}`;
    if (cause instanceof Error && 'code' in cause) return `names a file that cannot be read (${String(cause.code)})`;
    throw cause;
  }
};
