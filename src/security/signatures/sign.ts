/** Writing a signed body: one serialisation a message, and what was signed is what goes over the wire (PROTOCOL 5). */

import type { Clock } from '../../clock.ts';
import type { SignatureConfig } from '../../config/config.ts';
import { canonicalValue } from '../../dci/canonical.ts';
import { isJsonObject } from '../../dci/json-node.ts';
import { parseJson } from '../../dci/json-parse.ts';
import { respaced } from '../../dci/respaced.ts';
import type { OwnKeys, SigningKey } from '../keys/own-keys.ts';
import type { SignatureProfile } from '../partner.ts';
import type { SignatureCrypto } from './crypto.ts';
import { normaliseHeader } from './normalise-header.ts';
import { formatSignatureText } from './signature-text.ts';
import { type DciProfile, digestOf, signingString } from './signing-string.ts';

/** What we send, as plain values; a member that is undefined is absent. */
export interface OutgoingEnvelope {
  readonly header: Readonly<Record<string, unknown>>;
  readonly message: Readonly<Record<string, unknown>>;
}

export interface Signer {
  /** The whole body, `{"signature":…,"header":…,"message":…}`, pure ASCII. Rejects when it cannot be signed: nothing goes out unsigned. */
  sign(envelope: OutgoingEnvelope, profile: SignatureProfile): Promise<string>;
  /** The same of a message whose compact canonical text was made before: it is neither read nor written anew where the profile allows. */
  signText(compact: string, profile: SignatureProfile): Promise<string>;
}

export interface SignerOptions {
  readonly ownKeys: Pick<OwnKeys, 'signingKey'>;
  readonly clock: Clock;
  readonly config: SignatureConfig;
  readonly crypto: SignatureCrypto;
}

export const createSigner = ({ ownKeys, clock, config, crypto }: SignerOptions): Signer => {
  const times = () => {
    const created = Math.floor(clock() / 1000);
    return { created, expires: created + config.validitySeconds };
  };

  const signDci = async (canonical: string, profile: DciProfile): Promise<string> => {
    const key = ownKeys.signingKey();
    const { created, expires } = times();
    const data = signingString(profile, created, expires, digestOf(canonical));
    const signature = await crypto.signEd25519(key, Buffer.from(data, 'latin1'));
    return formatSignatureText({ kid: key.kid, created, expires, signature, prefixed: profile === 'dci-spaced' });
  };

  const signJws = async (payload: string, detached: boolean): Promise<string> => {
    const key = ownKeys.signingKey();
    const protectedText = base64url(canonicalValue(jwsHeader(key, times()), 'compact'));
    const payloadText = base64url(payload);
    const signature = await crypto.signEd25519(key, Buffer.from(`${protectedText}.${payloadText}`, 'latin1'));
    return `${protectedText}.${detached ? '' : payloadText}.${Buffer.from(signature).toString('base64url')}`;
  };

  const signSpaced = async (canonical: string): Promise<string> =>
    `{"signature": ${quoted(await signDci(canonical, 'dci-spaced'))}, ${canonical.slice(1)}`;

  const signCompact = async (canonical: string, profile: 'dci-compact' | 'jws' | 'jws-detached'): Promise<string> =>
    withSignature(
      profile === 'dci-compact'
        ? await signDci(canonical, profile)
        : await signJws(canonical, profile === 'jws-detached'),
      canonical,
    );

  const sign: Signer['sign'] = async ({ header, message }, profile) => {
    if (profile === 'dci-spaced') return signSpaced(canonicalValue({ header, message }, 'spaced'));
    const messageText = canonicalValue(message, 'compact');
    const canonical = withMessage(header, messageText);
    if (profile !== 'dci-normalised') return signCompact(canonical, profile);
    return withSignature(await signDci(withMessage(normaliseHeader(header), messageText), profile), canonical);
  };

  return {
    sign,
    signText: async (compact, profile) => {
      if (profile === 'dci-spaced') return signSpaced(respaced(compact));
      if (profile === 'dci-normalised') return sign(envelopeIn(compact), profile);
      return signCompact(compact, profile);
    },
  };
};

const withSignature = (signature: string, canonical: string): string =>
  `{"signature":${quoted(signature)},${canonical.slice(1)}`;

const LARGEST_DEPTH = 1_000;

/** Nodes keep what numbers were written as, so the text that is signed is the one that was made. */
export const envelopeIn = (text: string): OutgoingEnvelope => {
  const { root } = parseJson(text, { maxDepth: LARGEST_DEPTH });
  if (isJsonObject(root) && isJsonObject(root.header) && isJsonObject(root.message)) {
    return { header: root.header, message: root.message };
  }
  throw new TypeError('the text of a message is no envelope');
};

const withMessage = (header: Readonly<Record<string, unknown>>, messageText: string): string =>
  `{"header":${canonicalValue(header, 'compact')},"message":${messageText}}`;

const quoted = (text: string): string => canonicalValue(text, 'compact');

const base64url = (text: string): string => Buffer.from(text, 'latin1').toString('base64url');

/** RFC 7515 header with the window as `iat` and `exp`, for receivers that look for it there. */
const jwsHeader = (
  { kid }: SigningKey,
  { created, expires }: { readonly created: number; readonly expires: number },
) => ({
  alg: 'EdDSA',
  kid,
  iat: created,
  exp: expires,
});
