import type { Signer } from '../security/signatures/sign.ts';

/** Makes the complete wire body of an answer, `{"signature":…,"header":…,"message":…}`. */
export type SignAnswer = Signer['sign'];
