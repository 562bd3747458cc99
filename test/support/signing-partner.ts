/** A partner with one key, and messages signed as it would sign them. */

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { SignatureConfig } from '../../src/config/config.ts';
import type { Log } from '../../src/log.ts';
import type { Partner, PartnerKey, SignaturePolicy } from '../../src/security/partner.ts';

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
