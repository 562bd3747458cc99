import type { Clock } from '../../clock.ts';
import type { SignatureConfig } from '../../config/config.ts';
import { SignatureProblem } from './signature-text.ts';

/** Seconds since 1970 between which a signature holds. */
export interface Window {
  readonly created: number;
  readonly expires: number;
}

/** PROTOCOL 5: created not too far ahead, not expired, not longer than configured. @throws SignatureProblem */
export const checkWindow = ({ created, expires }: Window, clock: Clock, config: SignatureConfig): void => {
  const now = Math.floor(clock() / 1000);
  if (created > now + config.skewSeconds) {
    throw new SignatureProblem(`created is ${created - now} s ahead of this machine's clock`);
  }
  if (now > expires) throw new SignatureProblem(`it expired ${now - expires} s ago`);
  if (expires < created) throw new SignatureProblem('it expires before it was created');
  if (expires - created > config.maxValiditySeconds) {
    throw new SignatureProblem(`it is valid for ${expires - created} s, longer than ${config.maxValiditySeconds} s`);
  }
};
