/** The one way out: every body that the gateway signs is written here, for the partner that will read it. */

import type { Partner } from './partner.ts';
import type { OutgoingEnvelope, Signer } from './signatures/sign.ts';

/**
 * Writes the complete wire body, `{"signature":…,"header":…,"message":…}`. Rejects when it cannot be signed: nothing goes out unsigned.
 *
 * @param message a text: the compact canonical text of header and message, as it was made before
 */
export type WriteFor = (message: OutgoingEnvelope | string, partner: Pick<Partner, 'signature'>) => Promise<string>;

export const createWriteFor =
  (signer: Signer): WriteFor =>
  (message, { signature: { send } }) =>
    typeof message === 'string' ? signer.signText(message, send) : signer.sign(message, send);
