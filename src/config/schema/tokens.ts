import type { TokenConfig } from '../config.ts';
import { seconds } from '../units.ts';
import { flag, formatted, keys, type Section, text } from './section.ts';

export interface RawTokens {
  readonly lifetime: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly allow_query_credentials: boolean;
}

/** Issuer and audience are our own id unless the file says otherwise. */
export const tokensSection: Section<RawTokens, TokenConfig> = {
  schema: keys({
    lifetime: formatted('duration', '1h'),
    issuer: text(),
    audience: text(),
    allow_query_credentials: flag(false),
  }),
  read: (raw, { ourId }) => ({
    lifetimeSeconds: seconds(raw.lifetime),
    issuer: raw.issuer ?? ourId,
    audience: raw.audience ?? ourId,
    allowQueryCredentials: raw.allow_query_credentials,
  }),
};
