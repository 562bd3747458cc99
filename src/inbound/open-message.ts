/**
 * Opens an encrypted message (PROTOCOL 9), after its signature and the partner's limits: what does not come from the partner
 * costs no private key. Ids of an opened message are not noted: a refusal is in clear and repeats nothing of it.
 */

import { canonicalText } from '../dci/canonical.ts';
import { MOST_VALUES, parseJsonObject } from '../dci/json-parse.ts';
import { saysEncrypted } from '../dci/request-header.ts';
import { decodeBody } from '../dci/utf8.ts';
import { GatewayError } from '../errors.ts';
import { type DecryptionKey, decryptMessage } from '../security/encryption/decrypt.ts';
import { EncryptionProblem, isEncrypted } from '../security/encryption/encrypted-message.ts';
import { contentDigest } from '../security/signatures/verify.ts';
import type { Admitted, Opened } from './stages.ts';

/**
 * @param find our private key of a kid
 * @throws GatewayError `encryption.invalid`; `request.bad` when what was opened is no JSON object within the usual bounds
 */
export const createOpenMessage =
  (find: (kid: string) => DecryptionKey | undefined, maxDepth: number) =>
  async (admitted: Admitted): Promise<Opened> => {
    const { header, message, partner, replay } = admitted;
    const encrypted = isEncrypted(message);
    if (saysEncrypted(header) !== encrypted) {
      const says = encrypted ? 'The message is encrypted, and' : 'The message is not encrypted, but';
      throw new GatewayError('encryption.invalid', { message: `${says} header.is_msg_encrypted says otherwise.` });
    }
    if (encrypted) {
      const { root } = parseJsonObject(decodeBody(await opened(message, find)), { maxDepth, maxValues: MOST_VALUES });
      // Two encryptions of one message differ: what is the same request is told by what they say.
      const digest = contentDigest(header, canonicalText(root, 'compact'));
      return { ...admitted, stage: 'opened', encrypted, message: root, replay: { ...replay, contentDigest: digest } };
    }
    if (partner.encryption === 'required' && Object.keys(message).length > 0) {
      throw new GatewayError('encryption.invalid', { message: 'The message must be encrypted.' });
    }
    return { ...admitted, stage: 'opened', encrypted };
  };

const opened = async (message: Admitted['message'], find: Parameters<typeof decryptMessage>[1]): Promise<Buffer> => {
  try {
    return await decryptMessage(message, find);
  } catch (cause) {
    if (cause instanceof EncryptionProblem) {
      throw new GatewayError('encryption.invalid', { detail: cause.message, cause });
    }
    throw cause;
  }
};
