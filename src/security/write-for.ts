/** The one way out: every body that the gateway signs is written here, for the partner that will read it. */

import { type FindRecipient, makeReady, type ReadyMessage } from './encryption/ready-message.ts';
import type { Partner } from './partner.ts';
import type { OutgoingEnvelope, Signer } from './signatures/sign.ts';

/** Signs what is ready for its partner, as the complete wire body. Rejects when it cannot be signed: nothing goes out unsigned. */
export type SignReady = (ready: ReadyMessage) => Promise<string>;

export const createSignReady =
  (signer: Signer): SignReady =>
  ({ content, partner: { signature } }) =>
    typeof content === 'string' ? signer.signText(content, signature.send) : signer.sign(content, signature.send);

/**
 * Writes the complete wire body, `{"signature":…,"header":…,"message":…}`, encrypted where the partner has a key for it. Rejects
 * when it cannot be encrypted or signed: nothing goes out in clear or unsigned instead.
 *
 * @param message a text: the compact canonical text of header and message, as it was made before
 */
export type WriteFor = (message: OutgoingEnvelope | string, partner: Partner) => Promise<string>;

export const createWriteFor =
  (findRecipient: FindRecipient, signReady: SignReady): WriteFor =>
  async (message, partner) =>
    signReady(await makeReady(message, await findRecipient(partner)));
