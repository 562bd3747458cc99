import { saysEncrypted } from '../dci/request-header.ts';
import { GatewayError } from '../errors.ts';
import { CONTENT_ALGORITHM } from '../security/encryption/algorithms.ts';
import { EncryptionProblem, isEncrypted, readEncryptedMessage } from '../security/encryption/encrypted-message.ts';
import type { ReceivedMessage } from '../security/signatures/verify.ts';

/** Lines about an encrypted message, read without any key. None where message and header are in clear. */
export const explainEncryption = ({
  header,
  message,
}: Pick<ReceivedMessage, 'header' | 'message'>): readonly string[] => {
  const encrypted = isEncrypted(message);
  const refusal = refusalOf(header, encrypted);
  return [
    ...(encrypted ? [...aboutMessage(message), COVERED] : []),
    ...(refusal === undefined ? [] : [`${refusal} Refused.`]),
  ];
};

const COVERED =
  'The signature covers the encrypted message as it stands here: it must be verified before the message is opened.';

/** What the header says must be so. */
const refusalOf = (header: ReceivedMessage['header'], encrypted: boolean): string | undefined => {
  try {
    if (saysEncrypted(header) === encrypted) return undefined;
    return `header.is_msg_encrypted is ${String(!encrypted)}, the message is ${encrypted ? '' : 'not '}encrypted.`;
  } catch (error) {
    if (error instanceof GatewayError) return error.message;
    throw error;
  }
};

const aboutMessage = (message: Parameters<typeof readEncryptedMessage>[0]): readonly string[] => {
  try {
    const { algorithm, kid } = readEncryptedMessage(message);
    return [`The message is encrypted: alg ${algorithm}, enc ${CONTENT_ALGORITHM}, kid ${kid}.`];
  } catch (error) {
    if (error instanceof EncryptionProblem) return [`The message is encrypted and cannot be read: ${error.message}.`];
    throw error;
  }
};
