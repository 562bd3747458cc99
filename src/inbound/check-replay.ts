/**
 * Replay memory (PROTOCOL 2, 3 and 5). A message id is recorded once the request passed every check before, in one step, so
 * that of two copies at once one is worked on; where rights or the backend refuse the request afterwards it is taken back.
 * An envelope may so be sent again after every refusal.
 */

import type { Clock } from '../clock.ts';
import { GatewayError } from '../errors.ts';
import type { ReplayMemory } from '../store/store.ts';
import type { Opened } from './stages.ts';

export type CheckReplay = (opened: Opened, messageId: string) => Promise<void>;

/** How long an unsigned message is remembered where its partner wants replays refused: it names no time itself. */
const UNSIGNED_MEMORY_MS = 3_600_000;
/** Beyond the signature's own end, for clocks that differ. */
const MARGIN_MS = 300_000;

/**
 * A signed message id used for other content is refused; the same content again is the same request, or is refused where
 * the partner's policy says so. Without a signature an id proves nothing and anyone with the token could make a new one:
 * it is looked at only under the policy `refuse`.
 *
 * @throws GatewayError `message_id.duplicate`
 */
export const createCheckReplay =
  (memory: ReplayMemory, clock: Clock): CheckReplay =>
  async ({ partner, replay, notes }, messageId) => {
    const strict = partner.signature.replay === 'refuse';
    if (replay.expires === undefined && !strict) return;
    const until = (replay.expires ?? clock() + UNSIGNED_MEMORY_MS) + MARGIN_MS;
    const found = await memory.remember(partner.id, messageId, replay.contentDigest, until);
    if (found === 'different') throw new GatewayError('message_id.duplicate');
    if (found === 'same' && strict)
      throw new GatewayError('message_id.duplicate', { message: 'message_id was used before.' });
    if (found === 'new') notes.forget = () => memory.forget(partner.id, messageId, replay.contentDigest);
  };
