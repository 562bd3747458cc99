/** The check of a message's signature: every rule of PROTOCOL 5, over the received text, with the partner's own keys. */

import { hash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { SignatureConfig } from '../../config/config.ts';
import { canonicalText } from '../../dci/canonical.ts';
import type { JsonNode, JsonObject } from '../../dci/json-node.ts';
import type { ParsedDocument } from '../../dci/json-parse.ts';
import { GatewayError } from '../../errors.ts';
import type { PartnerKeys } from '../keys/partner-keys.ts';
import type { Partner, SignatureProfile } from '../partner.ts';
import type { CanonicalForms } from './canonical-forms.ts';
import { canonicalForms } from './canonical-forms.ts';
import type { SignatureCrypto } from './crypto.ts';
import { isJws } from './jws.ts';
import { isUnsigned, mustSign } from './signature-policy.ts';
import { SignatureProblem } from './signature-text.ts';
import { type LastProfiles, verifyDci } from './verify-dci.ts';
import { verifyJws } from './verify-jws.ts';

/** A message whose envelope was read and whose sender is the token's partner. */
export interface ReceivedMessage {
  /** The body as it was received. */
  readonly text: string;
  readonly document: ParsedDocument;
  readonly header: JsonObject;
  readonly message: JsonNode | undefined;
  /** The `signature` member; `''` when absent. */
  readonly signature: string;
}

/** Only what was verified: nothing else of the message may be used from here on. */
export interface Verified {
  /** After `dci-normalised` the rebuilt header, after `jws` the payload's. */
  readonly header: JsonObject;
  /** Null where the message was absent. */
  readonly message: JsonNode;
  /** Undefined: not signed, and this partner may. Times in seconds since 1970. */
  readonly signed:
    | { readonly profile: SignatureProfile; readonly keyId: string; readonly created: number; readonly expires: number }
    | undefined;
  /** Hex SHA-256 over the canonical compact text of action, message and sender_uri: what replay memory compares. */
  readonly digest: string;
}

export interface Verifier {
  /** @throws GatewayError `signature.missing` or `signature.invalid`; why stands in `detail`, for the log. */
  verify(received: ReceivedMessage, partner: Partner): Promise<Verified>;
}

export interface VerifierOptions {
  readonly partnerKeys: Pick<PartnerKeys, 'find'>;
  readonly clock: Clock;
  readonly config: SignatureConfig;
  readonly crypto: SignatureCrypto;
}

/** What one profile's check answers. */
export interface Checked {
  readonly header: JsonObject;
  readonly message: JsonNode | undefined;
  readonly signed: NonNullable<Verified['signed']>;
}

export const createVerifier = (options: VerifierOptions): Verifier => {
  const { clock, config } = options;
  const lastProfile: LastProfiles = new WeakMap();
  return {
    verify: async (received, partner) => {
      const text = received.signature.trim();
      const forms = canonicalForms(received.header, received.message);
      if (isUnsigned(text, config.placeholders)) {
        if (mustSign(partner, clock())) throw new GatewayError('signature.missing');
        return verified(received.header, received.message, undefined, forms);
      }
      try {
        const { header, message, signed } = isJws(text)
          ? await verifyJws(received, text, forms, partner, options)
          : await verifyDci(received, text, forms, partner, options, lastProfile);
        return verified(header, message, signed, forms);
      } catch (error) {
        if (error instanceof SignatureProblem) throw new GatewayError('signature.invalid', { detail: error.message });
        throw error;
      }
    },
  };
};

/** Every profile has shown that `message` equals the received one canonically, so its text is not written twice. */
const verified = (
  header: JsonObject,
  message: JsonNode | undefined,
  signed: Verified['signed'],
  forms: CanonicalForms,
): Verified => ({ header, message: message ?? null, signed, digest: contentDigest(header, forms.message()) });

/** @param messageText canonical and compact */
export const contentDigest = ({ action = null, sender_uri = null }: JsonObject, messageText: string): string => {
  const text = `{"action":${canonicalText(action, 'compact')},"message":${messageText},"sender_uri":${canonicalText(sender_uri, 'compact')}}`;
  return hash('sha256', text, 'hex');
};
