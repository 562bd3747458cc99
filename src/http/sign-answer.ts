import type { SignatureProfile } from '../security/partner.ts';

/** Makes the complete wire body of an answer, `{"signature":…,"header":…,"message":…}`. */
export type SignAnswer = (
  parts: { readonly header: object; readonly message: object },
  profile: SignatureProfile,
) => Promise<string>;
