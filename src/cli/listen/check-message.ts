/** Whether a message that came in is signed by the gateway that was named: any profile, its registered keys only. Then it is opened. */

import { isJsonObject, type JsonObject } from '../../dci/json-node.ts';
import { type ParsedDocument, parseJsonObject } from '../../dci/json-parse.ts';
import { decodeBody } from '../../dci/utf8.ts';
import { GatewayError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { isEncrypted } from '../../security/encryption/encrypted-message.ts';
import { createPartnerKeys, type PartnerKeys } from '../../security/keys/partner-keys.ts';
import { readPublicKey } from '../../security/keys/public-key.ts';
import { makeReady } from '../../security/keys/ready-key.ts';
import { createOutbound } from '../../security/outbound/http-client.ts';
import { type Partner, SIGNATURE_PROFILES } from '../../security/partner.ts';
import { createNodeCrypto } from '../../security/signatures/crypto-node.ts';
import { createVerifier, type Verifier } from '../../security/signatures/verify.ts';
import { type GivenDecryptionKey, openEncrypted } from './open-encrypted.ts';

/** Where the sender's public keys are from. */
export type KeySource = { readonly jwksUrl: string } | { readonly keyText: string };

export interface CheckedMessage {
  readonly header: JsonObject;
  /** As it was opened, where it came encrypted; undefined: there is none that can be read. */
  readonly message: JsonObject | undefined;
  /** A sentence about an encrypted message: whether it was opened. Undefined: it came in clear. */
  readonly encryption: string | undefined;
  /** `dci-spaced by key signing-1`. Undefined: it does not verify. */
  readonly verified: string | undefined;
  /** Why it does not, in words for a person. */
  readonly problem: string | undefined;
}

export type CheckMessage = (body: Buffer) => Promise<CheckedMessage>;

const NOT_OPENED = 'The message is encrypted; it is opened only once its signature verifies.';
const MAX_DEPTH = 64;
const TIMEOUT_MS = 10_000;
const SIGNATURES = {
  validitySeconds: 300,
  skewSeconds: 60,
  maxValiditySeconds: 3_600,
  defaultProfile: 'dci-spaced',
  placeholders: [],
  jwksMaxAgeSeconds: 300,
} as const;

/**
 * @param decryptionKey opens what is encrypted, after its signature
 * @throws KeyProblem when the key cannot be used; the checker throws GatewayError for what is no envelope
 */
export const createCheckMessage = async (
  source: KeySource,
  log: Log,
  decryptionKey?: GivenDecryptionKey,
): Promise<CheckMessage> => {
  const verifier = createVerifier({
    partnerKeys: 'keyText' in source ? await pinned(source.keyText) : fetched(source.jwksUrl, log),
    clock: Date.now,
    config: SIGNATURES,
    crypto: createNodeCrypto(),
  });
  return async (body) => {
    const text = decodeBody(body);
    const document = parseJsonObject(text, { maxDepth: MAX_DEPTH });
    const { header, message, signature } = document.root;
    if (!isJsonObject(header)) throw new GatewayError('request.bad', { message: 'The body has no header.' });
    const received = { text, document, header, message, signature: typeof signature === 'string' ? signature : '' };
    const known = isJsonObject(message) ? message : undefined;
    const verdict = await verdictOf(verifier, received, senderOf(header, source));
    if (!isEncrypted(known)) return { header, message: known, encryption: undefined, ...verdict };
    if (verdict.verified === undefined) return { header, message: undefined, encryption: NOT_OPENED, ...verdict };
    return { header, ...verdict, ...(await openEncrypted(known, decryptionKey, MAX_DEPTH)) };
  };
};

const verdictOf = async (
  verifier: Verifier,
  received: Parameters<Verifier['verify']>[0] & { readonly document: ParsedDocument },
  sender: Partner,
): Promise<Pick<CheckedMessage, 'verified' | 'problem'>> => {
  try {
    const { signed } = await verifier.verify(received, sender);
    if (signed === undefined) return { verified: undefined, problem: 'it is not signed' };
    return { verified: `${signed.profile} by key ${signed.keyId}`, problem: undefined };
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    return { verified: undefined, problem: cause.detail ?? cause.message };
  }
};

/** One key. Without a name of its own it stands for whatever a message names. */
const pinned = async (text: string): Promise<Pick<PartnerKeys, 'find'>> => {
  const { keyId, algorithm, jwk } = await readPublicKey(text.trim());
  return {
    find: async (_sender, kid) =>
      keyId === undefined || keyId === kid.keyId ? makeReady({ keyId: kid.keyId, algorithm, jwk }) : undefined,
  };
};

/** The address was typed by whoever runs this: it may be plain HTTP, and on this machine. */
const fetched = (jwksUrl: string, log: Log): PartnerKeys => {
  const { origin } = new URL(jwksUrl);
  const outbound = createOutbound({ timeoutMs: TIMEOUT_MS, allowOrigins: [origin], privateOrigins: [origin] });
  return createPartnerKeys({ outbound, clock: Date.now, log });
};

const senderOf = (header: JsonObject, source: KeySource): Partner => ({
  id: 'sender',
  senderIds: typeof header.sender_id === 'string' ? [header.sender_id] : [],
  clientId: 'sender',
  secret: undefined,
  active: true,
  version: 1,
  keys: [],
  ...('jwksUrl' in source && { jwksUrl: source.jwksUrl }),
  signature: { accept: SIGNATURE_PROFILES, send: 'dci-spaced', require: 'required', replay: 'answer' },
  limits: {},
  scopes: [],
  registries: new Map(),
  callbacks: [],
  demo: false,
  source: 'config',
});
