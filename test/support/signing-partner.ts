/** A partner with one key, and messages signed as it would sign them. */

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { SignatureConfig } from '../../src/config/config.ts';
import { isJsonObject } from '../../src/dci/json-node.ts';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import type { Log } from '../../src/log.ts';
import type { Partner, PartnerKey, SignaturePolicy } from '../../src/security/partner.ts';
import type { ReceivedMessage } from '../../src/security/signatures/verify.ts';

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

export const signatureConfig: SignatureConfig = {
  validitySeconds: 300,
  skewSeconds: 60,
  maxValiditySeconds: 3600,
  defaultProfile: 'dci-spaced',
  placeholders: ['Signature: namespace="dci"', 'unsigned'],
  jwksMaxAgeSeconds: 3600,
};

const policy: SignaturePolicy = {
  accept: ['dci-spaced', 'dci-compact', 'dci-normalised'],
  send: 'dci-spaced',
  require: 'required',
  replay: 'answer',
};

export const ed25519Pair = (): { readonly privateKey: KeyObject; readonly jwk: Readonly<Record<string, string>> } => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '' } = privateKey.export({ format: 'jwk' });
  return { privateKey, jwk: { kty: 'OKP', crv: 'Ed25519', x } };
};

export const pinned = (
  keyId: string,
  jwk: Readonly<Record<string, string>>,
  rest: Partial<PartnerKey> = {},
): PartnerKey => ({
  keyId,
  algorithm: jwk.kty === 'RSA' ? 'rsa' : 'ed25519',
  jwk,
  source: 'pinned',
  active: true,
  ...rest,
});

export const partnerWith = (
  keys: readonly PartnerKey[],
  rest: Omit<Partial<Partner>, 'signature'> & { readonly signature?: Partial<SignaturePolicy> } = {},
): Partner => ({
  id: 'ministry',
  senderIds: ['gov.example'],
  clientId: 'ministry',
  secret: undefined,
  active: true,
  version: 1,
  keys,
  limits: {},
  scopes: 'all',
  registries: new Map(),
  callbacks: [],
  demo: false,
  source: 'config',
  ...rest,
  signature: { ...policy, ...rest.signature },
});

/** Signature text of a dci profile over these lines, with every part replaceable. */
export const signatureText = (parts: {
  readonly privateKey: KeyObject;
  readonly digestLine: string;
  readonly created: number;
  readonly expires: number;
  readonly kid?: string;
  readonly algorithm?: string;
}): string => {
  const { privateKey, digestLine, created, expires, kid = 'gov.example|k1|ed25519', algorithm = 'ed25519' } = parts;
  const data = `(created): ${created}\n(expires): ${expires}\n${digestLine}`;
  const signature = sign(privateKey.asymmetricKeyType === 'rsa' ? 'sha256' : null, Buffer.from(data), privateKey);
  return `Signature: namespace="dci", kidId="${kid}", algorithm="${algorithm}", created="${created}", expires="${expires}", headers="(created) (expires) digest", signature="${signature.toString('base64')}"`;
};

/** A body as the pipeline hands it to the verifier. */
export const receivedMessage = (text: string): ReceivedMessage => {
  const document = parseJsonObject(text, { maxDepth: 32 });
  const { header, message, signature } = document.root;
  if (!isJsonObject(header)) throw new Error('the test has no header');
  return { text, document, header, message, signature: typeof signature === 'string' ? signature : '' };
};

/** The body with this signature put in front of its other members. */
export const withSignature = (body: string, signature: string): string =>
  `{"signature":${JSON.stringify(signature)},${body.trimStart().slice(1)}`;
