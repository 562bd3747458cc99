/** The checks of a call that carries no message: the caller's address, the token, the partner's limits, in this order. */

import type { PartnerLimit } from './admit.ts';
import { requireAllowed } from './admit.ts';
import type { Steps } from './pipeline.ts';
import type { Arrived, Authenticated } from './stages.ts';

export type BearerPipeline = (arrived: Arrived) => Promise<Authenticated>;

export const createBearerPipeline =
  ({ limitAddress, authenticate }: Pick<Steps, 'limitAddress' | 'authenticate'>, limit: PartnerLimit): BearerPipeline =>
  async (arrived) => {
    const received = await limitAddress(arrived);
    const authenticated = await authenticate(received);
    await requireAllowed(limit, authenticated.partner);
    return authenticated;
  };
