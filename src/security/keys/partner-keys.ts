/** Finds the key a message names, among this partner's own active keys and nobody else's (PROTOCOL 5), and the one to encrypt for. */

import type { Clock } from '../../clock.ts';
import { GatewayError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { EncryptionKey } from '../encryption/encrypt.ts';
import type { Outbound } from '../outbound/http-client.ts';
import type { Partner, PartnerEncryptionKey, PartnerKey } from '../partner.ts';
import { createJwksCache } from './jwks-cache.ts';
import { type Kid, parseKid } from './kid.ts';
import { makeEncryptionKey, makeReady, type ReadyKey } from './ready-key.ts';

export interface PartnerKeys {
  /**
   * The partner's active key of this name: pinned, or from its registered JWKS address, never from one in a message.
   * Undefined for an unknown key, a sender id in the kid that is not the partner's, or an algorithm that is not the key's.
   */
  find(partner: Partner, kid: Kid): Promise<ReadyKey | undefined>;
  /**
   * The key that messages to the partner are encrypted for: the first active one that was registered, else the first of its JWKS.
   * Undefined: it has none.
   *
   * @param fingerprint of the key that is taken while it is one of them, wherever it stands
   * @throws GatewayError `service.unavailable` where that cannot be told, or none of those it has can be used: nothing may be sent
   */
  encryptionKey(partner: Partner, fingerprint?: string): Promise<EncryptionKey | undefined>;
  /** Whether it has an encryption key, be it one that cannot be used. Where that cannot be told now: false. */
  hasEncryptionKey(partner: Partner): Promise<boolean>;
}

export interface PartnerKeysOptions {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly log: Log;
}

export const createPartnerKeys = ({ outbound, clock, log }: PartnerKeysOptions): PartnerKeys => {
  const jwks = createJwksCache(outbound, clock, log);
  const handles = new WeakMap<PartnerKey, ReadyKey>();
  const encryptionHandles = new WeakMap<PartnerEncryptionKey, EncryptionKey>();

  const ready = (key: PartnerKey): ReadyKey => {
    const known = handles.get(key);
    if (known !== undefined) return known;
    const made = makeReady(key);
    handles.set(key, made);
    return made;
  };

  const encrypting = (key: PartnerEncryptionKey): EncryptionKey => {
    const known = encryptionHandles.get(key);
    if (known !== undefined) return known;
    const made = makeEncryptionKey(key);
    encryptionHandles.set(key, made);
    return made;
  };

  const chosen = (keys: readonly PartnerEncryptionKey[], fingerprint?: string): EncryptionKey | undefined => {
    const same = fingerprint && keys.map(encrypting).find((key) => key.fingerprint === fingerprint);
    const [first] = keys;
    return same || (first && encrypting(first));
  };

  const encryptionKeyOf = async (
    { id, encryptionKeys = [], jwksUrl }: Partner,
    fingerprint?: string,
  ): Promise<EncryptionKey | 'none' | 'unknown' | 'unusable'> => {
    const counts = ({ active, source }: PartnerEncryptionKey) =>
      active && (source === 'pinned' || jwksUrl === undefined);
    const registered = chosen(encryptionKeys.filter(counts), fingerprint);
    if (registered !== undefined) return registered;
    if (jwksUrl === undefined) return 'none';
    const set = await jwks.whole(id, jwksUrl);
    if (set === undefined) return 'unknown';
    const off = new Set(encryptionKeys.filter(({ active }) => !active).map(({ keyId }) => keyId));
    const fetched = set.encryptionKeys.filter(({ keyId }) => !off.has(keyId));
    return chosen(fetched, fingerprint) ?? (set.wantsMore ? 'unusable' : 'none');
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
    encryptionKey: async (partner, fingerprint) => {
      const key = await encryptionKeyOf(partner, fingerprint);
      if (key === 'unknown') throw undecided('its key set is not known: it may hold an encryption key');
      if (key === 'unusable') throw undecided('none of its encryption keys can be used');
      return key === 'none' ? undefined : key;
    },
    hasEncryptionKey: async (partner) => {
      const key = await encryptionKeyOf(partner);
      return key !== 'none' && key !== 'unknown';
    },
  };
};

const undecided = (detail: string): GatewayError => new GatewayError('service.unavailable', { detail });

/** Operators may have registered a key under the whole `sender|key|algorithm`. */
const keyIdOf = (key: PartnerKey): string => parseKid(key.keyId)?.keyId ?? key.keyId;
