/** The partner's limits by minute and by day, in true windows (PROTOCOL 3 and 11). */

import { GatewayError } from '../errors.ts';
import type { LimitDecision } from '../limits/limiter.ts';
import type { Partner } from '../security/partner.ts';
import type { Admitted, Verified } from './stages.ts';

export type PartnerLimit = (partner: Partner) => Promise<LimitDecision>;

/** @throws GatewayError `request.too_many` */
export const createAdmit =
  (limit: PartnerLimit) =>
  async (verified: Verified): Promise<Admitted> => {
    await requireAllowed(limit, verified.partner);
    return { ...verified, stage: 'admitted' };
  };

/** @throws GatewayError `request.too_many` */
export const requireAllowed = async (limit: PartnerLimit, partner: Partner): Promise<void> => {
  const { allowed, retryAfter } = await limit(partner);
  if (!allowed) throw new GatewayError('request.too_many', { retryAfter });
};
