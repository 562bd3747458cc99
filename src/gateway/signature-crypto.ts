import type { Log } from '../log.ts';
import type { Alone, SignatureCrypto } from '../security/signatures/crypto.ts';
import { createNodeCrypto } from '../security/signatures/crypto-node.ts';
import { loadSodiumCrypto } from '../security/signatures/crypto-sodium.ts';

/** `sodium-native` where it is installed: it takes half the time. Else node:crypto. */
export const chooseCrypto = async (
  preferred: 'node' | 'sodium' | undefined,
  log: Log,
  alone: Alone,
): Promise<SignatureCrypto> => {
  if (preferred === 'node') return createNodeCrypto(alone);
  const loaded = await loadSodiumCrypto(alone);
  if (loaded.crypto !== undefined) return loaded.crypto;
  log.info('sodium-native is not used, signatures by node:crypto', { reason: loaded.reason });
  return createNodeCrypto(alone);
};
