import type { WriteFor } from '../security/write-for.ts';

/** Makes the complete wire body of an answer for the partner that reads it, `{"signature":…,"header":…,"message":…}`. */
export type SignAnswer = WriteFor;
