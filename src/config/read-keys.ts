import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readEncryptionKey } from '../security/keys/encryption-key.ts';
import { KeyProblem, readPublicKey } from '../security/keys/public-key.ts';
import type { Partner } from '../security/partner.ts';
import type { Mistake } from './explain.ts';
import type { RawKey } from './schema/partners.ts';

export type KeysOfPartner = Required<Pick<Partner, 'keys' | 'encryptionKeys'>>;

/** The keys of one partner by what they are for, each from a PEM, a JWK or a file with one of them. Mistakes carry paths below the partner. */
export const readKeys = async (
  raw: readonly RawKey[],
  baseFolder: string,
): Promise<KeysOfPartner & { readonly mistakes: readonly Mistake[] }> => {
  const read: KeysOfPartner[] = [];
  const mistakes: Mistake[] = [];
  for (const [index, each] of raw.entries()) {
    if (raw.findIndex((other) => other.use === each.use && other.key_id === each.key_id) < index)
      mistakes.push({ path: ['keys', index, 'key_id'], problem: 'is there twice' });
    const key = await readKey(each, baseFolder);
    if (typeof key === 'string') mistakes.push({ path: ['keys', index], problem: key });
    else read.push(key);
  }
  return {
    keys: read.flatMap(({ keys }) => keys),
    encryptionKeys: read.flatMap(({ encryptionKeys }) => encryptionKeys),
    mistakes,
  };
};

const readKey = async (raw: RawKey, baseFolder: string): Promise<KeysOfPartner | string> => {
  const sources = [raw.pem, raw.jwk, raw.file].filter((source) => source !== undefined);
  if (sources.length !== 1) return 'needs one of pem, jwk and file';
  const about = { keyId: raw.key_id, source: 'pinned', active: raw.active } as const;
  try {
    const source = raw.pem ?? raw.jwk ?? (await readFile(resolve(baseFolder, raw.file ?? ''), 'utf8'));
    if (raw.use === 'enc') {
      const { algorithm, jwk } = await readEncryptionKey(source);
      return { keys: [], encryptionKeys: [{ ...about, algorithm, jwk }] };
    }
    const { algorithm, jwk } = await readPublicKey(source);
    return { keys: [{ ...about, algorithm, jwk }], encryptionKeys: [] };
  } catch (cause) {
    if (cause instanceof KeyProblem) return `cannot be used. ${cause.message}`;
    if (cause instanceof Error && 'code' in cause) return `names a file that cannot be read (${String(cause.code)})`;
    throw cause;
  }
};
