import type { Log } from '../log.ts';
import type { Alone, SignatureCrypto } from '../security/signatures/crypto.ts';
import { createSharedCrypto } from '../security/signatures/crypto-shared.ts';
import { nodeEd25519, sodiumEd25519 } from '../security/signatures/ed25519-bytes.ts';
import { createEd25519Thread } from '../security/signatures/ed25519-thread.ts';
import { importSodium } from '../security/signatures/sodium.ts';

/** `sodium-native` where it is installed: it takes half the time. Else node:crypto. Either with a thread of its own. */
export const chooseCrypto = async (
  preferred: 'node' | 'sodium' | undefined,
  log: Log,
  alone: Alone,
): Promise<SignatureCrypto> => {
  const node = (): SignatureCrypto => createSharedCrypto('node', nodeEd25519(), createEd25519Thread('node'), alone);
  if (preferred === 'node') return node();
  try {
    const sodium = sodiumEd25519(await importSodium());
    return createSharedCrypto('sodium', sodium, createEd25519Thread('sodium'), alone);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.info('sodium-native is not used, signatures by node:crypto', { reason });
    return node();
  }
};
