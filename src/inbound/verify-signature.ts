/** The signature over header and message, with the partner's own keys and profiles (PROTOCOL 5). */

import { isJsonObject } from '../dci/json-node.ts';
import { malformed } from '../dci/read-node.ts';
import { GatewayError } from '../errors.ts';
import type { Verifier } from '../security/signatures/verify.ts';
import type { Enveloped, Verified } from './stages.ts';

/**
 * What follows sees only what was verified: for some profiles the header is a rebuilt one.
 *
 * @throws GatewayError `signature.missing`, `signature.invalid`
 */
export const createVerifySignature =
  (verifier: Verifier) =>
  async (enveloped: Enveloped): Promise<Verified> => {
    const { operation, registryId, partner, scopes, notes, text, document, header: sent, envelope } = enveloped;
    // As it was written: a null that stands for no message is signed as one.
    const received = { text, document, header: sent, message: envelope.message, signature: signatureOf(enveloped) };
    const { header, message, signed, digest } = await verifier.verify(received, partner);
    const known = message === null && operation.receives === true ? {} : message;
    if (!isJsonObject(known)) throw malformed('message is missing.');
    const expires = signed === undefined ? undefined : signed.expires * 1000;
    return {
      stage: 'verified',
      operation,
      registryId,
      partner,
      scopes,
      notes,
      header,
      message: known,
      replay: { expires, contentDigest: digest },
      kept: { text, envelope: enveloped.envelope },
    };
  };

const signatureOf = ({ envelope: { signature } }: Enveloped): string => {
  if (signature === undefined || signature === null) return '';
  if (typeof signature !== 'string') throw new GatewayError('signature.invalid', { detail: 'signature is no text' });
  return signature;
};
