import type { KeyObject } from 'node:crypto';
import { FlattenedEncrypt } from 'jose';
import { CONTENT_ALGORITHM, type KeyAlgorithm } from './algorithms.ts';
import type { EncryptedMessage } from './encrypted-message.ts';

/** A public key that messages are encrypted for. */
export interface EncryptionKey {
  /** As its owner knows it. */
  readonly keyId: string;
  readonly algorithm: KeyAlgorithm;
  readonly keyObject: KeyObject;
  /** Tells this key from another of the same name. */
  readonly fingerprint: string;
}

/** @param content a text is ASCII, as canonical texts are. Two encryptions of one content differ. */
export const encryptMessage = async (
  content: string | Buffer,
  { keyId: kid, algorithm: alg, keyObject }: EncryptionKey,
): Promise<EncryptedMessage> => {
  const { header, ...jwe } = await new FlattenedEncrypt(
    typeof content === 'string' ? Buffer.from(content, 'latin1') : content,
  )
    .setUnprotectedHeader({ alg, enc: CONTENT_ALGORITHM, kid })
    .encrypt(keyObject);
  const { ciphertext, encrypted_key = '', tag = '', iv = '' } = jwe;
  return {
    header: { ...header },
    ...(jwe.protected !== undefined && { protected: jwe.protected }),
    ...{ ciphertext, encrypted_key, tag, iv },
  };
};
