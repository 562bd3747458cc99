/** Writing a signed body: one serialisation a message, and what was signed is what goes over the wire (PROTOCOL 5). */

import type { Clock } from '../../clock.ts';
import type { SignatureConfig } from '../../config/config.ts';
import { canonicalValue } from '../../dci/canonical.ts';
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

  return {
    sign: async ({ header, message }, profile) => {
      if (profile === 'dci-spaced') {
        const canonical = canonicalValue({ header, message }, 'spaced');
        return `{"signature": ${quoted(await signDci(canonical, profile))}, ${canonical.slice(1)}`;
      }
      const messageText = canonicalValue(message, 'compact');
      const canonical = withMessage(header, messageText);
      const signature =
        profile === 'dci-compact'
          ? await signDci(canonical, profile)
          : profile === 'dci-normalised'
            ? await signDci(withMessage(normaliseHeader(header), messageText), profile)
            : await signJws(canonical, profile === 'jws-detached');
      return `{"signature":${quoted(signature)},${canonical.slice(1)}`;
    },
  };
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
