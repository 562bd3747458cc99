/** A cheap limit per address, before any token or signature is looked at (PROTOCOL 3). */

import { GatewayError } from '../errors.ts';
import type { LimitDecision } from '../limits/limiter.ts';
import type { Arrived, Received } from './stages.ts';

export type AddressLimit = (address: string) => Promise<LimitDecision>;

/** @throws GatewayError `request.too_many` */
export const createLimitAddress =
  (limit: AddressLimit) =>
  async (arrived: Arrived): Promise<Received> => {
    const decision = await limit(arrived.address);
    if (!decision.allowed) throw new GatewayError('request.too_many', { retryAfter: decision.retryAfter });
    return { ...arrived, stage: 'received' };
  };
