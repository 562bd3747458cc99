/** The one way out: every body that the gateway signs is written here, for the partner that will read it. */

import type { Partner } from './partner.ts';
import type { OutgoingEnvelope, Signer } from './signatures/sign.ts';

/** Writes the complete wire body, `{"signature":…,"header":…,"message":…}`. Rejects when it cannot be signed: nothing goes out unsigned. */
export type WriteFor = (envelope: OutgoingEnvelope, partner: Pick<Partner, 'signature'>) => Promise<string>;

export const createWriteFor =
  (signer: Signer): WriteFor =>
  (envelope, partner) =>
    signer.sign(envelope, partner.signature.send);
