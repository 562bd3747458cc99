import { SIGNATURE_PROFILES, type SignatureProfile } from '../../security/partner.ts';
import type { SignatureConfig } from '../config.ts';
import { seconds } from '../units.ts';
import { choice, formatted, keys, list, type Section, text } from './section.ts';

export interface RawSignatures {
  readonly validity: string;
  readonly skew: string;
  readonly max_validity: string;
  readonly default_profile: SignatureProfile;
  readonly placeholders: readonly string[];
  readonly jwks_max_age: string;
}

export const signaturesSection: Section<RawSignatures, SignatureConfig> = {
  schema: keys({
    validity: formatted('duration', '5m'),
    skew: formatted('duration', '60s'),
    max_validity: formatted('duration', '1h'),
    default_profile: choice(SIGNATURE_PROFILES, 'dci-spaced'),
    placeholders: list(text(), []),
    jwks_max_age: formatted('duration', '1h'),
  }),
  read: (raw) => ({
    validitySeconds: seconds(raw.validity),
    skewSeconds: seconds(raw.skew),
    maxValiditySeconds: seconds(raw.max_validity),
    defaultProfile: raw.default_profile,
    placeholders: raw.placeholders,
    jwksMaxAgeSeconds: seconds(raw.jwks_max_age),
  }),
};
