import { hash } from 'node:crypto';
import type { SignatureProfile } from '../partner.ts';

/** The profiles that sign a digest of a canonical text, and write their parameters as text. */
export type DciProfile = Extract<SignatureProfile, `dci-${string}`>;

/** SHA-256 of a text (canonical texts are ASCII), padded base64. */
export const digestOf = (canonical: string): string => hash('sha256', canonical, 'base64');

/** What is signed: three lines, LF between, none at the end. Only `dci-spaced` names the digest's algorithm. */
export const signingString = (
  profile: DciProfile,
  created: string | number,
  expires: string | number,
  digest: string,
): string =>
  `(created): ${created}\n(expires): ${expires}\ndigest: ${profile === 'dci-spaced' ? 'SHA-256=' : ''}${digest}`;
