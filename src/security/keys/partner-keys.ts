/** Finds the key a message names, among this partner's own active keys and nobody else's (PROTOCOL 5). */

import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { Outbound } from '../outbound/http-client.ts';
import type { Partner, PartnerKey } from '../partner.ts';
import { createJwksCache } from './jwks-cache.ts';
import { type Kid, parseKid } from './kid.ts';
import { makeReady, type ReadyKey } from './ready-key.ts';

export interface PartnerKeys {
  /**
   * The partner's active key of this name: pinned, or from its registered JWKS address, never from one in a message.
   * Undefined for an unknown key, a sender id in the kid that is not the partner's, or an algorithm that is not the key's.
   */
  find(partner: Partner, kid: Kid): Promise<ReadyKey | undefined>;
}

export interface PartnerKeysOptions {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly log: Log;
}

export const createPartnerKeys = ({ outbound, clock, log }: PartnerKeysOptions): PartnerKeys => {
  const jwks = createJwksCache(outbound, clock, log);
  const handles = new WeakMap<PartnerKey, ReadyKey>();

  const ready = (key: PartnerKey): ReadyKey => {
    const known = handles.get(key);
    if (known !== undefined) return known;
    const made = makeReady(key);
    handles.set(key, made);
    return made;
  };

  return {
    find: async (partner, kid) => {
      if (kid.senderId !== undefined && !partner.senderIds.includes(kid.senderId)) return undefined;
      const isNamed = (key: PartnerKey) => keyIdOf(key) === kid.keyId;
      const registered = partner.keys.find(isNamed);
      if (registered !== undefined) {
        // A key that was switched off is off, whatever a key set says.
        if (!registered.active) return undefined;
        // The copy of a fetched key counts only where there is no address to ask: a kid gone from the set must stop.
        if (registered.source === 'pinned' || partner.jwksUrl === undefined) return ready(registered);
      }
      if (partner.jwksUrl === undefined) return undefined;
      const fetched = await jwks.get(partner.id, partner.jwksUrl, isNamed);
      const found = fetched.find(isNamed);
      return found === undefined ? undefined : ready(found);
    },
  };
};

/** Operators may have registered a key under the whole `sender|key|algorithm`. */
const keyIdOf = (key: PartnerKey): string => parseKid(key.keyId)?.keyId ?? key.keyId;
